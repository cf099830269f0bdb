#!/bin/sh
# Fetch the font files again, cut Noto Sans SC, and write coverage.txt and SHA256SUMS.
# Needs npm and an environment with fontTools: PYTHON=.venv/bin/python sh update.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # package, version, faces...
    package=$1 version=$2
    shift 2
    (cd "$work" && npm pack --silent "@expo-google-fonts/$package@$version" >/dev/null)
    mkdir "$work/$package"
    tar xzf "$work/expo-google-fonts-$package-$version.tgz" -C "$work/$package" --strip-components=1
    cp "$work/$package/LICENSE_FONT" "$here/OFL-$package.txt"
    for face; do
        cp "$work/$package/${face#*_}/$face.ttf" "$here/"
    done
}

fetch atkinson-hyperlegible-next 0.4.1 \
    AtkinsonHyperlegibleNext_400Regular AtkinsonHyperlegibleNext_700Bold
fetch noto-sans 0.4.2 NotoSans_400Regular NotoSans_700Bold
fetch noto-sans-arabic 0.4.3 NotoSansArabic_400Regular NotoSansArabic_700Bold
fetch noto-sans-hebrew 0.4.1 NotoSansHebrew_400Regular NotoSansHebrew_700Bold
fetch noto-sans-sc 0.4.3 NotoSansSC_400Regular

cd "$here"
"$python" - "$work/gb2312.txt" <<'PY'
import pathlib, sys

rows, cells = range(0xA1, 0xF8), range(0xA1, 0xFF)
codes = (bytes((row, cell)) for row in rows for cell in cells)
text = "".join(code.decode("gb2312", "ignore") for code in codes)
pathlib.Path(sys.argv[1]).write_text(text, encoding="utf-8")
PY
"$python" -m fontTools.subset NotoSansSC_400Regular.ttf \
    --text-file="$work/gb2312.txt" --no-hinting --output-file="$work/cut.ttf"
mv "$work/cut.ttf" NotoSansSC_400Regular.ttf
chmod 644 ./*.ttf

"$python" - <<'PY'
import pathlib
from fontTools.ttLib import TTFont

points = sorted({c for f in pathlib.Path().glob("*.ttf") for c in TTFont(f).getBestCmap()})
ranges: list[list[int]] = []
for point in points:
    if ranges and point == ranges[-1][1] + 1:
        ranges[-1][1] = point
    else:
        ranges.append([point, point])
lines = (f"{first:X}-{last:X}\n" for first, last in ranges)
pathlib.Path("coverage.txt").write_text("".join(lines), encoding="ascii")
PY
sha256sum ./*.ttf coverage.txt | sed 's|\./||' > SHA256SUMS
