"""What is spoken next, and what a flush cuts off."""

from hibari_tts_python.request import Ended, RequestQueue, Sentence
from hypothesis import given
from hypothesis import strategies as st


def split(text: str) -> list[str]:
    """Cut after every full stop."""
    return [part.strip() + "." for part in text.split(".") if part.strip()]


def new_queue() -> RequestQueue:
    return RequestQueue(split)


def push(queue: RequestQueue, request_id: str, text: str, *, end: bool = False) -> None:
    queue.push(request_id, text, end=end, metadata={"turn_id": request_id}, now=0.0)


def spoken(queue: RequestQueue) -> list[str]:
    """Return what there is to say now, and the ends as the request's id in brackets."""
    said = []
    while (job := queue.next_job()) is not None:
        said.append(job.text if isinstance(job, Sentence) else f"[{job.request.request_id}]")
    return said


def test_a_sentence_is_spoken_before_the_text_is_complete() -> None:
    queue = new_queue()
    push(queue, "a", "One. Tw")
    assert spoken(queue) == ["One."]
    push(queue, "a", "o. Three")
    assert spoken(queue) == ["Two."]
    push(queue, "a", "", end=True)
    assert spoken(queue) == ["Three.", "[a]"]


def test_a_full_stop_at_the_end_may_go_on() -> None:
    queue = new_queue()
    push(queue, "a", "Version 3.")
    assert spoken(queue) == []


TEXT = st.lists(st.sampled_from(["One. ", "Two! ", "Three", " ", "\n", "3.5", "."])).map("".join)


@given(TEXT, st.integers(0, 40))
def test_cutting_the_text_anywhere_says_the_same_words(text: str, cut: int) -> None:
    whole, pieces = new_queue(), new_queue()
    push(whole, "a", text, end=True)
    push(pieces, "a", text[:cut])
    first = spoken(pieces)
    push(pieces, "a", text[cut:], end=True)
    both = first + spoken(pieces)

    def letters(said: list[str]) -> str:
        return "".join("".join(said).replace(".", "").split())

    assert letters(both) == letters(spoken(whole))
    assert both[-1] == "[a]"


def test_requests_are_spoken_in_the_order_in_which_they_began() -> None:
    queue = new_queue()
    push(queue, "a", "One.")
    push(queue, "b", "Two.", end=True)
    assert spoken(queue) == []
    push(queue, "a", "", end=True)
    assert spoken(queue) == ["One.", "[a]", "Two.", "[b]"]


def test_a_flush_cuts_everything_off_for_good() -> None:
    queue = new_queue()
    push(queue, "a", "One. Two. ")
    job = queue.next_job()
    assert isinstance(job, Sentence)
    push(queue, "b", "Three.", end=True)

    assert [request.request_id for request in queue.flush()] == ["a", "b"]
    assert not queue.is_live(job.request)
    push(queue, "a", "Late.", end=True)
    assert spoken(queue) == []

    push(queue, "c", "New.", end=True)
    assert spoken(queue) == ["New.", "[c]"]


def test_text_after_the_end_of_a_request_is_dropped() -> None:
    queue = new_queue()
    push(queue, "a", "One.", end=True)
    push(queue, "a", "Two.")
    assert spoken(queue) == ["One.", "[a]"]
    push(queue, "a", "Three.", end=True)
    assert spoken(queue) == []


def test_an_empty_request_only_ends() -> None:
    queue = new_queue()
    push(queue, "a", "  ", end=True)
    job = queue.next_job()
    assert isinstance(job, Ended)
    assert job.request.n_samples == 0


def test_ids_of_the_distant_past_are_forgotten() -> None:
    queue = new_queue()
    for index in range(300):
        push(queue, str(index), "", end=True)
        assert spoken(queue) == [f"[{index}]"]
    push(queue, "0", "Again.", end=True)
    assert spoken(queue) == ["Again.", "[0]"]
