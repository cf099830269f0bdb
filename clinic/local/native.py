"""Are the native libraries of WeasyPrint there?

Loading them can end a process and WeasyPrint's own message may name the wrong
library, so a child process looks: each library by name, then one tiny PDF. As the
PDF takes a second or two, success is remembered beside the environment's stamp;
the libraries are looked for at every start.
"""

import ctypes
import ctypes.util
import multiprocessing
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from clinic.local.environment import (
    ROOT,
    Environment,
    Exit,
    Failure,
    apt_install,
    can_use_apt,
    last_lines,
    run_quietly,
    say,
)

# The names WeasyPrint itself tries, Linux first, then macOS.
LIBRARIES = {
    "gobject": ("libgobject-2.0.so.0", "gobject-2.0", "libgobject-2.0.dylib"),
    "pango": ("libpango-1.0.so.0", "pango-1.0", "libpango-1.0.dylib"),
    "pangoft2": ("libpangoft2-1.0.so.0", "pangoft2-1.0", "libpangoft2-1.0.dylib"),
    "harfbuzz": ("libharfbuzz.so.0", "harfbuzz", "libharfbuzz.0.dylib"),
    "fontconfig": ("libfontconfig.so.1", "fontconfig", "libfontconfig.1.dylib"),
    "harfbuzz-subset": (
        "libharfbuzz-subset.so.0",
        "harfbuzz-subset",
        "libharfbuzz-subset.0.dylib",
    ),
}
OPTIONAL = "harfbuzz-subset"  # without it fonts are embedded more slowly
DEBIAN_PACKAGES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
COMMANDS = {
    "apt-get": f"sudo apt-get install {' '.join(DEBIAN_PACKAGES)}",
    "dnf": "sudo dnf install pango harfbuzz",
    "apk": "sudo apk add pango harfbuzz",
    "brew": "brew install pango",
}
TINY_PDF = (
    "import weasyprint;"
    "pdf = weasyprint.HTML(string='<p>cat').write_pdf();"
    "raise SystemExit(not pdf.startswith(b'%PDF-'))"
)


def loads(name: str) -> bool:
    """Whether the system's loader finds a library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing_libraries(
    can_load: Callable[[str], bool] = loads,
    find: Callable[[str], str | None] = ctypes.util.find_library,
) -> list[str]:
    """The libraries that load under none of their names."""
    return [
        library
        for library, names in LIBRARIES.items()
        if not any(can_load(name) for name in names)
        and not can_load(find(names[1]) or names[1])
    ]


def missing_in_child() -> list[str]:
    """The same, asked of a child process: a broken library may end it."""
    # A fork costs nothing; on macOS its child may not load system libraries.
    start = multiprocessing.get_context("spawn" if sys.platform == "darwin" else "fork")
    with ProcessPoolExecutor(1, mp_context=start) as child:
        try:
            return child.submit(missing_libraries).result()
        except BrokenProcessPool:
            return ["a library that can be loaded (the check itself died)"]


def install_command() -> str:
    """The one command of this system, or those of all when none is known."""
    for tool, command in COMMANDS.items():
        if shutil.which(tool):
            return command
    return "\n".join(COMMANDS.values())


def libraries_missing(names: list[str], detail: str = "") -> Failure:
    """The message when handouts cannot be printed."""
    return Failure(
        Exit.LIBRARIES,
        f"native libraries: {', '.join(names)}.",
        "WeasyPrint lays out and writes the PDF handouts with them.",
        install_command(),
        detail,
    )


def require_libraries(
    look: Callable[[], list[str]] = missing_in_child,
    may_install: Callable[[], bool] = can_use_apt,
) -> None:
    """Make sure that the libraries load; install them where that is allowed."""
    missing, detail = look(), ""
    if any(name != OPTIONAL for name in missing) and may_install():
        detail = apt_install(DEBIAN_PACKAGES)
        missing = look()
    hard = [name for name in missing if name != OPTIONAL]
    if hard:
        raise libraries_missing(hard, detail)
    if missing:
        say(
            f"Note: the library {OPTIONAL} is missing; PDFs take longer."
            f" To mend: {install_command()}"
        )


def require_tiny_pdf(remembered: Path, stamp: str) -> None:
    """Write one PDF in a child process, once per state of the environment."""
    if remembered.exists() and remembered.read_text() == stamp:
        return
    done = run_quietly([sys.executable, "-c", TINY_PDF])
    if done.returncode:
        raise libraries_missing(["a working set"], last_lines(done.stdout))
    remembered.write_text(stamp)


def require_pdf() -> None:
    """Everything WeasyPrint needs, or a message that tells what to install."""
    require_libraries()
    environment = Environment(ROOT)
    require_tiny_pdf(environment.folder / ".catcamel-pdf", environment.stamped())
