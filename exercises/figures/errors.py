"""What is told when pose data cannot be drawn."""


class PoseError(ValueError):
    """Pose data that names no drawable figure.

    The message names the file or exercise, the joint or field, and what is allowed.
    """

    def __init__(self, where: str, field: str, problem: str) -> None:
        super().__init__(f"{where}: {field}: {problem}")
        self.where = where
        self.field = field
        self.problem = problem
