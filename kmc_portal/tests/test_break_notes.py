"""Notes on breaks: written once, with a paper that is believed by its bytes, and opened by the desk only."""

from __future__ import annotations

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from kmc_portal.common.uploads import Kind, Paper
from kmc_portal.tests.papers_by_hand import pdf, picture
from payments.models import BreakNote, BreakPaper, ReconBreak
from payments.reconciliation import breaks
from payments.reconciliation.notes import write_note
from payments.tests.kept_desk import LATER, came
from payments.tests.test_kept_doors import BREAKS, CLOSINGS, clerk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
LETTER = pdf()


@pytest.fixture
def found(db):
    came()
    return ReconBreak.objects.get()


@pytest.fixture
def writing(db):
    return clerk("writing", "add_breaknote", "view_breaknote", "view_breakpaper")


def write(client, found, content=LETTER, detail="The bank has sent a letter", name="letter.pdf"):
    sent = {"detail": detail, "paper": SimpleUploadedFile(name, content)} if content else {"detail": detail}
    return client.post(f"{BREAKS}{found.pk}/note/", sent, follow=True)


def kept(shelf) -> list[str]:
    return [path.name for path in shelf.rglob("*") if path.is_file()]


def test_note_stands_on_the_page_of_its_break_with_its_paper(writing, found):
    assert f"{BREAKS}{found.pk}/note/" in writing.get(f"{BREAKS}{found.pk}/change/").text

    page = write(writing, found).text

    paper = BreakPaper.objects.get()
    assert (paper.note.detail, paper.note.maker, paper.note.recon_break) == (
        "The bank has sent a letter", "writing", found,
    )  # fmt: skip
    assert (paper.content_type, paper.size) == ("application/pdf", len(LETTER))
    for told in ("The note stands with the break.", "The bank has sent a letter", "letter.pdf"):
        assert told in page


def test_note_needs_no_paper(writing, found, shelf):
    write(writing, found, content=None)

    assert (BreakNote.objects.count(), kept(shelf)) == (1, [])


def test_note_is_taken_after_the_end_of_a_break_too(writing, found):
    asked = breaks.ask_to_close(found.pk, detail="Settled", maker="clerk", now=LATER)
    breaks.approve_closing(asked.pk, approver="approver", now=LATER)

    assert "letter.pdf" in write(writing, found).text


def test_paper_is_handed_out_to_be_saved_and_that_is_written_down(writing, found):
    write(writing, found, picture("PNG"), name="../<b>screen.exe")
    note = BreakNote.objects.get()

    answer = writing.get(f"{BREAKS}{found.pk}/notes/{note.pk}/paper/")
    content = b"".join(answer.streaming_content)

    assert content.startswith(b"\x89PNG")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="break-{found.pk}-{note.pk}.png"'
    assert LogEntry.objects.get_for_object(note.paper).get().actor.username == "writing"


def test_paper_stands_under_its_break_only(writing, found):
    write(writing, found)
    note = BreakNote.objects.get()

    assert writing.get(f"{BREAKS}{found.pk + 1}/notes/{note.pk}/paper/").status_code == 404


def test_colleague_who_decides_reads_the_notes(writing, found):
    write(writing, found, detail="<b>claimed</b>")
    asked = breaks.ask_to_close(found.pk, detail="Settled", maker="clerk", now=LATER)
    deciding = clerk("deciding", "change_closingrequest", "view_breaknote")

    page = deciding.get(f"{CLOSINGS}{asked.pk}/decide/").text

    assert "writing: &lt;b&gt;claimed&lt;/b&gt;" in page
    assert f"{BREAKS}{found.pk}/notes/{BreakNote.objects.get().pk}/paper/" in page


def test_page_of_a_break_asks_as_often_for_one_note_as_for_many(writing, found, django_assert_num_queries):
    write(writing, found)
    address = f"{BREAKS}{found.pk}/change/"
    writing.get(address)
    with django_assert_num_queries(8):
        writing.get(address)
    for _ in range(5):
        write(writing, found)

    with django_assert_num_queries(8):
        writing.get(address)


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"detail": " "}, "Please write what there is to know"),
        ({"content": b"MZ a program"}, "This is no PDF, JPEG or PNG"),
        ({"content": LETTER[:200]}, "This file is damaged"),
        ({"content": LETTER + b"%" * 5 * 1024 * 1024}, "This file is too large"),
        ({"content": pdf(b"<< /S /JavaScript /JS (1) >>")}, "This PDF holds a program"),
    ],
    ids=["no words", "program", "damaged", "too large", "active"],
)
def test_note_that_is_refused_leaves_nothing(writing, found, shelf, sent, said):
    assert said in write(writing, found, **sent).text

    assert (BreakNote.objects.count(), BreakPaper.objects.count(), kept(shelf)) == (0, 0, [])


def test_paper_is_forgotten_when_its_note_is_not_written(found, shelf):
    paper = Paper(Kind.PDF, LETTER, "letter.pdf")

    with pytest.raises(IntegrityError):
        write_note(found.pk, detail="A letter", paper=paper, maker="", now=LATER)

    assert (BreakNote.objects.count(), kept(shelf)) == (0, [])


def test_whoever_only_looks_at_breaks_neither_writes_nor_opens_papers(writing, found):
    write(writing, found)
    looking = clerk("looking")

    assert write(looking, found).status_code == 403
    assert looking.get(f"{BREAKS}{found.pk}/notes/{BreakNote.objects.get().pk}/paper/").status_code == 403
    assert "letter.pdf" not in looking.get(f"{BREAKS}{found.pk}/change/").text
