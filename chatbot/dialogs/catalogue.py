"""Every service of the chat, by department. A new service is one file beside this one and one line here."""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.application_status import APPLICATION_STATUS
from chatbot.dialogs.close_license import CLOSE_LICENSE
from chatbot.dialogs.elsewhere import ELSEWHERE
from chatbot.dialogs.genuineness import VERIFY
from chatbot.dialogs.guessing import guess
from chatbot.dialogs.links import number_picture
from chatbot.dialogs.my_data import MY_DATA
from chatbot.dialogs.no_dues_certificate import NO_DUES_CERTIFICATE
from chatbot.dialogs.payment_problem import PAYMENT_PROBLEM
from chatbot.dialogs.property_tax import PROPERTY_TAX
from chatbot.dialogs.rating import RATING
from chatbot.dialogs.receipts import RECEIPT
from chatbot.dialogs.talk_to_person import TALK_TO_PERSON
from chatbot.dialogs.trade_license import TRADE_LICENSE
from chatbot.engine.catalogue import Catalogue, Group
from chatbot.engine.language import HELP, LANGUAGE

CATALOGUE = Catalogue(
    groups=(
        Group("assessment", _("Assessment and collection"), (PROPERTY_TAX,)),
        Group("license", _("Licences"), (TRADE_LICENSE,)),
        Group("payments", _("Payments"), (PAYMENT_PROBLEM, RECEIPT)),
        Group("citizen", _("About me"), (MY_DATA, TALK_TO_PERSON)),
    ),
    welcome=(
        "*কলকাতা পৌরসংস্থা · कोलकाता नगर निगम · Kolkata Municipal Corporation*\n"
        "\n"
        "নমস্কার! সম্পত্তি কর জমা দিন ও ট্রেড লাইসেন্স নবীকরণ করুন এখানেই। আপনার বার্তা শুধু এই পরিষেবার কাজে লাগে; আমরা "
        "কখনও ওটিপি বা পিন চাই না।\n"
        "\n"
        "नमस्कार! संपत्ति कर चुकाएँ और ट्रेड लाइसेंस का नवीनीकरण यहीं कराएँ। आपके संदेश केवल इसी सेवा में काम आते हैं; हम "
        "कभी ओटीपी या पिन नहीं माँगते।\n"
        "\n"
        "Welcome! Pay your property tax and renew your trade licence here. Your messages are used for this service only; "
        "we never ask for an OTP or PIN.\n"
        "\n"
        "একটি সংখ্যা পাঠান · एक अंक भेजें · Send a number:"
    ),
    menu=_("*Kolkata Municipal Corporation*\nWhat do you need? Please send a number:"),
    help=format_lazy(
        _(
            "Your assessee number is the 12-digit number at the top of every property-tax bill and of every old receipt, "
            "printed like 11-026-01-0005-1. Send it at any time to see everything that is due and to pay. This is where it "
            "stands:\n"
            "{picture}\n"
            "\n"
            "Words that always work: *menu* (or 0), *back*, *language*, *help*, *my data*, *stop*. Write *clerk* to talk "
            "to a person. A link that you doubt can be sent here: it is checked."
        ),
        picture=lazy(number_picture, str)(),
    ),
    choose_language="কোন ভাষায়? · किस भाषा में? · Which language?",
    switch_language="ভাষা · भाषा · Language: বাংলা / हिन्दी / English",
    not_understood=_(
        "Sorry, that was not understood. Please write it in a few words, such as *house tax* or *receipt*, or send the "
        "12-digit assessee number straight away."
    ),
    not_served=_(
        "That is not done in this chat: it is for property tax, trade licences and what was paid for them. For other "
        "matters please ask the office that is responsible."
    ),
    choose_a_number=_("Sorry, that is none of the choices."),
    only_text=_("Sorry, only written messages can be read here: no voice, pictures or stickers."),
    script_changed=_("Sorry, this service has been renewed in the meantime. This is how it goes on now:"),
    which_of_these=_("Did you mean one of these? Please send its number:"),
    menu_label=_("Something else: the menu"),
    go_on=_("Some time has passed. You were at *{title}*. Shall we go on there? Please send a number:"),
    go_on_label=_("Yes, go on"),
    menu_word=_("Menu"),
    stale=_(
        "“{label}” stands under an earlier message, and much may have changed since, so nothing was done. This is where we "
        "are now:"
    ),
    person=_("Not getting anywhere? Write *clerk* to talk to a person, or go on here:"),
    anywhere=(
        NO_DUES_CERTIFICATE,
        PAYMENT_PROBLEM,
        RECEIPT,
        VERIFY,
        MY_DATA,
        TALK_TO_PERSON,
        CLOSE_LICENSE,
        APPLICATION_STATUS,
        RATING,
        *ELSEWHERE,
    ),
    understand=guess,
    extras=((HELP, _("Help")), (LANGUAGE, "ভাষা · भाषा · Language")),
)
