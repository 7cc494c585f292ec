import pytest

from kmc_portal.common.masking import masked_email, masked_name, masked_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Sukumar Das", "S*** D***"),
        ("Om", "O***"),
        ("A", "A***"),
        ("S. K. Roy", "S***. K***. R***"),
        ("Sukumar Das, Rina Das & Others", "S*** D***, R*** D*** & O***"),
        ("Sk. Abdul-Rahim", "S***. A***-R***"),
        ("D'Souza", "D***"),
        ("ক্ষিতীশ রায়", "ক্ষি*** রা***"),
        ("মৃত্যুঞ্জয় ঘোষ ও শ্রী দাস", "মৃ*** ঘো*** ও শ্রী*** দা***"),
        ("सुकुमार दास और श्री मिश्र", "सु*** दा*** और श्री*** मि***"),
        ("र्\u200dयाम", "र्\u200dया***"),
        ("", ""),
    ],
)
def test_masked_name(name, masked):
    assert masked_name(name) == masked


def test_masked_name_does_not_tell_its_length():
    assert masked_name("Sen") == masked_name("Sengupta")


@pytest.mark.parametrize(("number", "masked"), [("+919830012345", "+91******2345"), ("98300", "***"), ("", "***")])
def test_masked_phone(number, masked):
    assert masked_phone(number) == masked


@pytest.mark.parametrize(
    ("address", "masked"), [("rina@example.org", "r***@example.org"), ("@x", "***@x"), ("rina", "***"), ("", "***")]
)
def test_masked_email(address, masked):
    assert masked_email(address) == masked
