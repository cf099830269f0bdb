"""How days and moments read, by language, where Django's way is not ours."""
