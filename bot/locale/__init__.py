"""The texts a person reads: English in the source, Dutch in gettext catalogues beside this file.

One catalogue per area (`nl/reports.po`, `nl/commands.po` …), read as they are: no compiled file to forget.
"""

import gettext
from functools import cache
from importlib import resources
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "nl")


@cache
def texts(lang: str) -> gettext.NullTranslations:
    """The translations for `lang` ("nl" or "en"); any other language gets English.

    Use as `_ = texts(lang).gettext` and `texts(lang).ngettext(one, many, n)`.
    """
    folder = resources.files(__name__) / lang
    merged = gettext.NullTranslations()
    if not folder.is_dir():
        return merged
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".po"):
            merged = _join(_load(entry.read_bytes(), lang), merged)
    return merged


def _load(source: bytes, lang: str) -> gettext.GNUTranslations:
    catalogue = read_po(BytesIO(source), locale=lang, charset="utf-8", abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _join(first: gettext.GNUTranslations, then: gettext.NullTranslations) -> gettext.NullTranslations:
    first.add_fallback(then)
    return first
