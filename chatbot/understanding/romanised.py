"""Which language somebody writes in Latin letters, by the little words that every sentence has."""

from __future__ import annotations

from chatbot.engine.language import BENGALI, HINDI

IN_BANGLISH = """
    abar ache achen achhe amader amake amar ami amr amra apnader apnar apnara apni ar asche aseni asheni bari barir bolo
    bolte bolun bujhi chai chaichi debo dekhan dekhao dekhte dilam din dite diye diyeche diyechi ebar ei ekhane ekhon
    ekjon ekta ekti ektu emon eta geche hbe hobe hocche holo hoy hoyeche hoyni jabe janan jante jonno jonyo kemon keno
    keu kibhabe kintu kivabe kobe kono kora korar korben korbo korche korechi koro korte korun kota kothao kothay koto
    lagbe nei niyeche noy oi ota othocho pabo paini purono sathe songe taka theke tomar tumi
"""
IN_HINGLISH = """
    aap aapka aapke aapki abhi apna apne apni aur bahut bataiye batao bharna bharu bhejna bhejo chahiye chaiye de dena
    dijiye dikhao do gaya gaye gayi ghar hai hain hamara hamare hamari ho hoga hogi hoon hu hua hui hum humara iska ka
    kab kaha kahan kaise kar karana kare karein karen karna karo karte karu karwana kaun kaunsa kaunsi ke kese ki kisi
    kitna kitne kitni ko koi kya kyu kyun lekin liye mai main mat me mein mera mere meri milega milegi muje mujhe nahi
    nahin nhi paisa paise par pe phir raha rahi se tha thi tum tumhara uska wala wali wo woh ye yeh
"""
IN_ENGLISH = """
    a an and are be can for from has have how i in is it me my need not of on please tell that the this to want was what
    when where will with you your
"""
IN_SEVERAL = """
    a de din do ho hum i in ki main me par pe se the to ye
"""
SHARED = frozenset(IN_SEVERAL.split())
BANGLISH = frozenset(IN_BANGLISH.split()) - SHARED
HINGLISH = frozenset(IN_HINGLISH.split()) - SHARED
ENGLISH = frozenset(IN_ENGLISH.split()) - SHARED


def language_of_romanised(words: list[str]) -> str:
    """Return `bn` or `hi` when a message in Latin letters has more little words of that than of the others; else nothing."""
    counted = [sum(word in little for word in words) for little in (BANGLISH, HINGLISH, ENGLISH)]
    bengali, hindi, english = counted
    if bengali > max(hindi, english):
        return BENGALI
    return HINDI if hindi > max(bengali, english) else ""
