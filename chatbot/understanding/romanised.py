"""Which language somebody writes in Latin letters, by the little words that every sentence has."""

from __future__ import annotations

from chatbot.engine.language import BENGALI, HINDI

BANGLISH = frozenset(
    ["amar", "amr", "ami", "amake", "amader", "amra", "apni", "apnar", "apnara", "apnader", "tumi", "tomar", "koto", "kota", "kobe", "kothay", "kothao", "keno", "kivabe", "kibhabe", "kemon", "ache", "achhe", "achen", "nei", "noy", "hobe", "hbe", "hoy", "hoyeche", "hoyni", "holo", "chai", "chaichi", "lagbe", "korbo", "korte", "korun", "koro", "korben", "korechi", "kora", "korar", "din", "debo", "dite", "diye", "diyechi", "diyeche", "dilam", "jonno", "jonyo", "theke", "sathe", "songe", "jabe", "pabo", "paini", "bolun", "bolo", "bolte", "jante", "janan", "dekhan", "dekhao", "dekhte", "ekta", "ekti", "ekjon", "ebar", "ekhon", "ekhane", "eta", "ota", "ei", "oi", "ar", "othocho", "kintu", "kono", "keu", "abar", "purono", "taka", "barir", "bari", "niyeche", "geche", "asheni", "aseni", "hocche", "korche", "asche", "bujhi", "emon", "ektu"]
)
HINGLISH = frozenset(
    ["mera", "meri", "mere", "mujhe", "muje", "main", "mai", "hum", "humara", "hamara", "hamare", "hamari", "aap", "aapka", "aapki", "aapke", "tum", "tumhara", "hai", "hain", "hu", "hoon", "ho", "hoga", "hogi", "tha", "thi", "kya", "kyu", "kyun", "kaise", "kese", "kab", "kaha", "kahan", "kitna", "kitne", "kitni", "kaun", "kaunsa", "kaunsi", "nahi", "nahin", "nhi", "mat", "karna", "karo", "kare", "karen", "karu", "karein", "karte", "karwana", "karana", "kar", "ki", "ka", "ke", "ko", "se", "me", "mein", "par", "pe", "aur", "lekin", "abhi", "ye", "yeh", "wo", "woh", "iska", "uska", "chahiye", "chaiye", "dena", "dijiye", "do", "de", "bhejo", "bhejna", "batao", "bataiye", "dikhao", "raha", "rahi", "gaya", "gaye", "gayi", "hua", "hui", "liye", "wala", "wali", "koi", "kisi", "apna", "apne", "apni", "paise", "paisa", "bharna", "bharu", "milega", "milegi", "ghar", "phir", "bahut"]
)
ENGLISH_WORDS = frozenset(
    ["the", "is", "are", "my", "i", "to", "of", "how", "what", "when", "where", "for", "a", "an", "and", "in", "on", "you", "your"]
    + ["can", "have", "has", "was", "will", "it", "this", "that", "with", "from", "be", "not", "tell", "me", "please", "want", "need"]
)
# Written in several of them.
SHARED = frozenset(["ki", "do", "se", "ho", "de", "me", "main", "par", "hum", "pe", "ye", "the", "to", "din", "in", "a", "i"])


def language_of_romanised(words: list[str]) -> str:
    """Return `bn` or `hi` when a message in Latin letters has more little words of that than of the others; else nothing."""
    counted = [sum(word in little - SHARED for word in words) for little in (BANGLISH, HINGLISH, ENGLISH_WORDS)]
    bengali, hindi, english = counted
    if bengali > max(hindi, english):
        return BENGALI
    return HINDI if hindi > max(bengali, english) else ""
