"""The code on a paper that anybody can type to see whether the paper is genuine."""

from __future__ import annotations

import secrets
from base64 import b32encode

from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError

CODE_LENGTH = 16  # 80 bits
# The usual alphabet of base 32 in one without I, L, O and U: the code is read aloud and typed by people.
READABLE = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")


class CodeMalformed(ServiceError):
    code = "code_malformed"
    message = _("A verification code has 16 letters and digits, printed under the square code of the paper.")
    field = "code"


def new_code() -> str:
    """Return a code that nobody can guess."""
    return b32encode(secrets.token_bytes(CODE_LENGTH * 5 // 8)).translate(READABLE).decode()


def clean_code(text: str) -> str:
    """Return the 16 characters of a code; the letters that are easily mistaken are read as the digits they look like."""
    code = digits.strip_separators(digits.to_ascii(text)).upper().translate(str.maketrans("OIL", "011"))
    if len(code) != CODE_LENGTH or not code.isascii() or not code.isalnum():
        raise CodeMalformed
    return code


def printed_code(code: str) -> str:
    """Return a code as it is printed, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))
