"""Which language somebody writes in Latin letters, by the little words that every sentence has."""

from __future__ import annotations

from chatbot.engine.language import BENGALI, HINDI

BANGLISH = frozenset(
    ["amar", "amr", "ami", "amake", "amader", "amra", "apni", "apnar", "apnara", "apnader", "tumi", "tomar", "koto", "kota", "kobe", "kothay", "kothao", "keno", "kivabe", "kibhabe", "kemon", "ache", "achhe", "achen", "nei", "noy", "hobe", "hbe", "hoy", "hoyeche", "hoyni", "holo", "chai", "chaichi", "lagbe", "korbo", "korte", "korun", "koro", "korben", "korechi", "kora", "korar", "din", "debo", "dite", "diye", "diyechi", "diyeche", "dilam", "jonno", "jonyo", "theke", "sathe", "songe", "jabe", "pabo", "paini", "bolun", "bolo", "bolte", "jante", "janan", "dekhan", "dekhao", "dekhte", "ekta", "ekti", "ekjon", "ebar", "ekhon", "ekhane", "eta", "ota", "ei", "oi", "ar", "othocho", "kintu", "kono", "keu", "abar", "purono", "taka", "barir", "bari", "niyeche", "geche", "asheni", "aseni", "hocche", "korche", "asche", "bujhi", "emon", "ektu"]
)
HINGLISH = frozenset(
    ["mera", "meri", "mere", "mujhe", "muje", "main", "mai", "hum", "humara", "hamara", "hamare", "hamari", "aap", "aapka", "aapki", "aapke", "tum", "tumhara", "hai", "hain", "hu", "hoon", "ho", "hoga", "hogi", "tha", "thi", "kya", "kyu", "kyun", "kaise", "kese", "kab", "kaha", "kahan", "kitna", "kitne", "kitni", "kaun", "kaunsa", "kaunsi", "nahi", "nahin", "nhi", "mat", "karna", "karo", "kare", "karen", "karu", "karein", "karte", "karwana", "karana", "kar", "ki", "ka", "ke", "ko", "se", "me", "mein", "par", "pe", "aur", "lekin", "abhi", "ye", "yeh", "wo", "woh", "iska", "uska", "chahiye", "chaiye", "dena", "dijiye", "do", "de", "bhejo", "bhejna", "batao", "bataiye", "dikhao", "raha", "rahi", "gaya", "gaye", "gayi", "hua", "hui", "liye", "wala", "wali", "koi", "kisi", "apna", "apne", "apni", "paise", "paisa", "bharna", "bharu", "milega", "milegi", "ghar", "phir", "bahut"]
)
# Written in both.
SHARED = frozenset({"ki", "do", "se", "ho", "de"})


def language_of_romanised(words: list[str]) -> str:
    """Return `bn` or `hi` when a message in Latin letters has more little words of one; empty when it has none of either."""
    bengali = sum(word in BANGLISH for word in words)
    hindi = sum(word in HINGLISH - SHARED for word in words)
    if bengali == hindi:
        return ""
    return BENGALI if bengali > hindi else HINDI
