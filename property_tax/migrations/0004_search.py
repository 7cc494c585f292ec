import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from kmc_portal.common.skeleton import TO_CONSONANTS, TO_LATIN, sql

# `w26 oskmr ods Oskmrds srsbhr sabn Srsbhrabn h12a h12`: ward; words of the owner, and all of them in one; of the street; the
# premises number, and the digits it begins with. It names nothing outside pg_catalog, so that a dump can be restored.
WORDS = f"""
CREATE FUNCTION property_tax_search_words(ward smallint, owner text, street text, premises text)
RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text := ' ' || lower(normalize(owner, NFKD)) || ' Z ' || lower(normalize(street, NFKD)) || ' ';
    house text := lower(normalize(replace(premises, ' ', ''), NFKD));
BEGIN
    IF octet_length(words) > length(words) THEN
        words := {sql(TO_LATIN, "words")};
    END IF;
    words := {sql(TO_CONSONANTS, "words")};
    IF octet_length(house) > length(house) THEN
        house := lower({sql(TO_LATIN, "house")});
    END IF;
    -- A lexeme has at most 2,046 bytes; no name must keep a row out of the register.
    house := left(regexp_replace(house, '[^0-9a-z]+', 'x', 'g'), 100);
    owner := left(btrim(split_part(words, 'Z', 1)), 1000);
    street := left(btrim(split_part(words, 'Z', 2)), 1000);
    RETURN ('w' || ward || ' h' || house || coalesce(' h' || substring(house, '^[0-9]+'), '')
            || ' o' || replace(owner, ' ', ' o') || ' O' || replace(owner, ' ', '')
            || ' s' || replace(street, ' ', ' s') || ' S' || replace(street, ' ', ''))::tsvector;
END $$;
"""

# The register's own vocabulary, against which a misspelt word is corrected. Sorted, so that two imports never wait in a ring.
LEARN = """
CREATE FUNCTION property_tax_learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO property_tax_registerword (word)
    SELECT DISTINCT word FROM written, unnest(tsvector_to_array(written.search_words)) AS word
     WHERE left(word, 1) IN ('o', 's') AND ascii(substr(word, 2)) >= ascii('a') ORDER BY word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER learn_new_words AFTER INSERT ON property_tax_assessee
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION property_tax_learn_words();
CREATE TRIGGER learn_changed_words AFTER UPDATE ON property_tax_assessee
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION property_tax_learn_words();
"""
FORGET = """
DROP TRIGGER learn_new_words ON property_tax_assessee; DROP TRIGGER learn_changed_words ON property_tax_assessee;
DROP FUNCTION property_tax_learn_words;
"""
LEARN_WHAT_IS_THERE = """
INSERT INTO property_tax_registerword (word)
SELECT DISTINCT word FROM property_tax_assessee a, unnest(tsvector_to_array(a.search_words)) AS word
 WHERE left(word, 1) IN ('o', 's') AND ascii(substr(word, 2)) >= ascii('a')
"""
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON property_tax_disclosure
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON property_tax_disclosure EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON property_tax_disclosure; DROP TRIGGER append_only_truncate ON property_tax_disclosure;"


class Migration(migrations.Migration):
    dependencies = [
        ("property_tax", "0003_demand_run"),
        ("payments", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RunSQL(WORDS, "DROP FUNCTION property_tax_search_words"),
        migrations.AddField(
            model_name="assessee",
            name="search_words",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func("ward", "owner_name", "street_name", "premises_number", function="property_tax_search_words"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="assessee",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search_words"], name="assessee_search_words"),
        ),
        migrations.AddIndex(
            model_name="assessee",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Reverse("assessee_number"), name="text_pattern_ops"
                ),
                name="assessee_last_digits",
            ),
        ),
        migrations.CreateModel(
            name="RegisterWord",
            fields=[("word", models.TextField(primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="SearchAllowance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client", models.CharField(max_length=40)),
                ("hour", models.DateTimeField()),
                ("searches", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("client", "hour"), name="search_allowance_once_an_hour")]
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(verbose_name="seen at")),
                ("assessee_number", models.CharField(max_length=12, verbose_name="assessee number")),
                (
                    "screen",
                    models.CharField(
                        choices=[("assessee_page", "page of the assessee")], max_length=20, verbose_name="screen"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name="seen by"
                    ),
                ),
            ],
            options={
                "verbose_name": "disclosure",
                "verbose_name_plural": "disclosures",
                "indexes": [models.Index(fields=["assessee_number"], name="disclosure_of_assessee")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("screen__in", ["assessee_page"])), name="disclosure_screen_known"
                    )
                ],
            },
        ),
        migrations.RunSQL(LEARN_WHAT_IS_THERE, migrations.RunSQL.noop),
        migrations.RunSQL(LEARN, FORGET),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
