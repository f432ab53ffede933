from voiceagent.speech.garbage import UNDERSTOOD_FROM, PathScore, WordScore, confidence


def _path(margin_a_frame: float, *, words: int = 4, frames_a_word: int = 30, frames: int = 140) -> PathScore:
    said = tuple(
        WordScore(
            word="w",
            first=index * frames_a_word,
            last=(index + 1) * frames_a_word - 1,
            margin=margin_a_frame * frames_a_word,
        )
        for index in range(words)
    )
    return PathScore(words=said, frames=frames, silence=20)


def test_no_words_are_not_understood():
    assert confidence(PathScore(words=(), frames=100, silence=100)) == 0.0


def test_the_closer_to_free_phones_the_surer():
    margins = [-60.0, -45.0, -30.0, -20.0]
    sureness = [confidence(_path(margin)) for margin in margins]

    assert sureness == sorted(sureness)
    assert sureness[0] < UNDERSTOOD_FROM < sureness[-1]


def test_speech_that_no_word_accounts_for_makes_unsure():
    assert confidence(_path(-30.0, frames=240)) < confidence(_path(-30.0))


def test_confidence_stays_between_nothing_and_one_for_absurd_scores():
    assert confidence(_path(-1e9)) >= 0.0
    assert confidence(_path(1e9)) <= 1.0
