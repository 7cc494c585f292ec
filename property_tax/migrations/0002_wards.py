"""The 144 wards. The counts per borough agree with the 2021 election's; the list itself awaits the corporation (ADR 0006)."""

from django.db import migrations

WARDS_OF_BOROUGH = {
    1: "1-9",
    2: "10-12 15-20",
    3: "13 14 29-35",
    4: "21-28 38 39",
    5: "36 37 40-45 48-50",
    6: "46 47 51-55 60-62",
    7: "56-59 63-67",
    8: "68-70 72 83-88 90",
    9: "71 73-80 82",
    10: "81 89 91-100",
    11: "103 104 110-114",
    12: "101 102 105-109",
    13: "115-120 122",
    14: "121 127-132",
    15: "133-141",
    16: "123-126 142-144",
}


def wards(text):
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def seed(apps, schema_editor):
    ward = apps.get_model("property_tax", "Ward")
    ward.objects.bulk_create(
        ward(number=number, borough=borough) for borough, text in WARDS_OF_BOROUGH.items() for number in wards(text)
    )


class Migration(migrations.Migration):
    dependencies = [("property_tax", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
