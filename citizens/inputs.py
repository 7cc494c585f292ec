"""What people type, cleaned once for every door."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError

CODE_LENGTH = 6
# A mobile number of India: ten digits that begin with 6 to 9 (numbering plan, DoT 2003 and its changes), written with
# or without the country or the trunk zero in front.
MOBILE = re.compile(r"(?:\+?91|0)?([6-9][0-9]{9})")


class MobileMissing(ServiceError):
    code = "mobile_missing"
    message = _("Please give your mobile number, ten digits such as 98300 12345.")
    field = "mobile"


class MobileMalformed(ServiceError):
    code = "mobile_malformed"
    message = _(
        "A mobile number of India has ten digits and begins with 6, 7, 8 or 9. Please check it and type it again."
    )
    field = "mobile"


class CodeWrong(ServiceError):
    code = "code_wrong"
    message = _("This is not the code of our last message. Please type its six digits.")
    field = "code"


def mobile(text: str) -> str:
    """Return a mobile number of India as `+919830012345`; digits of three scripts, spaces and hyphens are read.

    :raises MobileMissing, MobileMalformed:
    """
    bare = re.sub(r"[()]", "", digits.strip_separators(digits.to_ascii(text)))
    if not bare:
        raise MobileMissing
    found = MOBILE.fullmatch(bare)
    if found is None:
        raise MobileMalformed
    return f"+91{found[1]}"


def one_time_code(text: str) -> str:
    """Return the six digits of a code. :raises CodeWrong: it cannot be one, which costs no try"""
    code = digits.only_digits(text)
    if len(code) != CODE_LENGTH:
        raise CodeWrong
    return code
