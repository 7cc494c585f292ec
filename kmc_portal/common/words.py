"""Amounts in words, as a cheque or a receipt in West Bengal writes them."""

from __future__ import annotations

from dataclasses import dataclass

CRORE, LAKH, THOUSAND, HUNDRED = 10_000_000, 100_000, 1_000, 100

ENGLISH_ONES = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen
"""
ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
BENGALI = """
    শূন্য এক দুই তিন চার পাঁচ ছয় সাত আট নয়
    দশ এগারো বারো তেরো চোদ্দো পনেরো ষোলো সতেরো আঠারো উনিশ
    কুড়ি একুশ বাইশ তেইশ চব্বিশ পঁচিশ ছাব্বিশ সাতাশ আঠাশ উনত্রিশ
    ত্রিশ একত্রিশ বত্রিশ তেত্রিশ চৌত্রিশ পঁয়ত্রিশ ছত্রিশ সাঁইত্রিশ আটত্রিশ উনচল্লিশ
    চল্লিশ একচল্লিশ বিয়াল্লিশ তেতাল্লিশ চুয়াল্লিশ পঁয়তাল্লিশ ছেচল্লিশ সাতচল্লিশ আটচল্লিশ উনপঞ্চাশ
    পঞ্চাশ একান্ন বাহান্ন তিপ্পান্ন চুয়ান্ন পঞ্চান্ন ছাপ্পান্ন সাতান্ন আটান্ন উনষাট
    ষাট একষট্টি বাষট্টি তেষট্টি চৌষট্টি পঁয়ষট্টি ছেষট্টি সাতষট্টি আটষট্টি উনসত্তর
    সত্তর একাত্তর বাহাত্তর তিয়াত্তর চুয়াত্তর পঁচাত্তর ছিয়াত্তর সাতাত্তর আটাত্তর উনআশি
    আশি একাশি বিরাশি তিরাশি চুরাশি পঁচাশি ছিয়াশি সাতাশি অষ্টাশি উননব্বই
    নব্বই একানব্বই বিরানব্বই তিরানব্বই চুরানব্বই পঁচানব্বই ছিয়ানব্বই সাতানব্বই আটানব্বই নিরানব্বই
"""
BENGALI_HUNDREDS = "একশো দুশো তিনশো চারশো পাঁচশো ছয়শো সাতশো আটশো নয়শো"
HINDI = """
    शून्य एक दो तीन चार पाँच छह सात आठ नौ
    दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस
    बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस
    तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस
    चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास
    पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ
    साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर
    सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी
    अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी
    नब्बे इक्यानवे बानवे तिरानवे चौरानवे पंचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे
"""


@dataclass(frozen=True, slots=True)
class Speech:
    """How one language says amounts; `below_hundred` has 100 words, `hundreds` the words for 100 to 900."""

    below_hundred: tuple[str, ...]
    hundreds: tuple[str, ...]
    thousand: str
    lakh: str
    crore: str
    rupee: str
    rupees: str
    paisa: str
    paise: str
    joined_by: str
    only: str


def _english(ones: list[str], tens: list[str]) -> tuple[str, ...]:
    """Put together the one table of the three that follows a rule."""
    return "zero", *ones, *(f"{ten}-{one}" if one else ten for ten in tens for one in ("", *ones[:9]))


SPEECH = {
    "en": Speech(
        below_hundred=_english(ENGLISH_ONES.split(), ENGLISH_TENS.split()),
        hundreds=tuple(f"{one} hundred" for one in ENGLISH_ONES.split()[:9]),
        thousand="thousand",
        lakh="lakh",
        crore="crore",
        rupee="rupee {}",
        rupees="rupees {}",
        paisa="{} paisa",
        paise="{} paise",
        joined_by=" and ",
        only="{} only",
    ),
    "bn": Speech(
        below_hundred=tuple(BENGALI.split()),
        hundreds=tuple(BENGALI_HUNDREDS.split()),
        thousand="হাজার",
        lakh="লক্ষ",
        crore="কোটি",
        rupee="{} টাকা",
        rupees="{} টাকা",
        paisa="{} পয়সা",
        paise="{} পয়সা",
        joined_by=" ",
        only="{} মাত্র",
    ),
    "hi": Speech(
        below_hundred=tuple(HINDI.split()),
        hundreds=tuple(f"{one} सौ" for one in HINDI.split()[1:10]),
        thousand="हज़ार",
        lakh="लाख",
        crore="करोड़",
        rupee="{} रुपया",
        rupees="{} रुपये",
        paisa="{} पैसा",
        paise="{} पैसे",
        joined_by=" ",
        only="{} मात्र",
    ),
}


def amount_in_words(paise: int, language: str) -> str:
    """Return an amount as a receipt says it: `Rupees one lakh twenty-three thousand and fifty paise only`.

    `language` is `en`, `bn` or `hi`. Paise are named only when there are any.

    :raises ValueError: for an amount below zero.
    """
    if paise < 0:
        raise ValueError("an amount in words is never negative")
    speech = SPEECH[language]
    rupees, part = divmod(paise, 100)
    said = []
    if rupees or not part:
        said.append((speech.rupee if rupees == 1 else speech.rupees).format(_number(rupees, speech)))
    if part:
        said.append((speech.paisa if part == 1 else speech.paise).format(_number(part, speech)))
    text = speech.only.format(speech.joined_by.join(said))
    return text[0].upper() + text[1:]


def _number(number: int, speech: Speech) -> str:
    """Say a number; beyond a crore the count of crores is itself a number, so that no amount is too large."""
    said = []
    for size, name in ((CRORE, speech.crore), (LAKH, speech.lakh), (THOUSAND, speech.thousand)):
        count, number = divmod(number, size)
        if count:
            said += [_number(count, speech), name]
    hundreds, rest = divmod(number, HUNDRED)
    if hundreds:
        said.append(speech.hundreds[hundreds - 1])
    if rest or not said:
        said.append(speech.below_hundred[rest])
    return " ".join(said)
