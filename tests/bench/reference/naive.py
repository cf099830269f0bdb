"""The product's markup, printed as the documentation of WeasyPrint shows."""

import re
from collections.abc import Mapping

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from prescriptions import pdf
from prescriptions.documents import HandoutSpec
from prescriptions.pdf.coverage import FONTS
from prescriptions.pdf.style import css, fonts_css, lengths_css

IMAGE = re.compile(r'<img([^>]*?)src="figure:([^"]+)"([^>]*)>')


class Files(URLFetcher):  # type: ignore[misc] # WeasyPrint has no types
    """Reads fonts from their folder, each time they are asked for; and QR codes."""

    def __init__(self, codes: Mapping[str, bytes]) -> None:
        super().__init__()
        self.codes = codes

    def fetch(
        self, url: str, headers: Mapping[str, str] | None = None
    ) -> URLFetcherResponse:
        """Return a font or a code."""
        scheme, _, name = url.partition(":")
        if scheme == "font":
            body = (FONTS / name).read_bytes()
            return URLFetcherResponse(url, body, {"Content-Type": "font/ttf"})
        kind = {"Content-Type": "image/svg+xml"}
        return URLFetcherResponse(url, self.codes[name], kind)


def render(spec: HandoutSpec, assets: Mapping[str, bytes]) -> bytes:
    """Return the PDF, tagged as the product's is."""
    laid = pdf.lay_out(spec)
    files = Files(pdf.made_pictures(spec))

    def inline(found: "re.Match[str]") -> str:
        if found[2] not in assets:
            return found[0]
        drawing = assets[found[2]].decode()
        classes = re.search(r'class="[^"]*"', found[1] + found[3])
        return drawing.replace("<svg", f"<svg {classes[0] if classes else ''}", 1)

    markup = IMAGE.sub(inline, laid.html)
    configuration = FontConfiguration()
    rules = weasyprint.CSS(
        string=fonts_css() + lengths_css() + css(laid.sheet),
        font_config=configuration,
        url_fetcher=files,
    )
    page = weasyprint.HTML(string=markup, url_fetcher=files)
    content: bytes = page.write_pdf(
        stylesheets=[rules], font_config=configuration, pdf_variant="pdf/ua-1"
    )
    return content
