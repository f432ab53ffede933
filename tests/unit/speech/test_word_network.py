import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import BadInput
from voiceagent.speech.jsgf import Grammar, OneOf, Repeat, Said, Sequence, parse_jsgf
from voiceagent.speech.word_network import WordNetwork, build_network


def _network(rules: str) -> WordNetwork:
    return build_network(parse_jsgf(f"#JSGF V1.0; grammar test; {rules}"))


def test_a_sequence_with_alternatives_and_an_optional_word():
    network = _network("public <s> = where [on earth] is (my | the) order;")

    assert network.accepts(["where", "is", "my", "order"])
    assert network.accepts(["where", "on", "earth", "is", "the", "order"])
    assert not network.accepts(["where", "is", "order"])
    assert not network.accepts(["where", "is", "my"])


def test_a_sentence_that_is_being_said_has_begun():
    network = _network("public <s> = where is my order | [/0.1/ um] yes;")

    assert network.begins([])
    assert network.begins(["where", "is"])
    assert network.begins(["um"])
    assert not network.begins(["is", "my"])
    assert not network.begins(["yes", "please"])


def test_repeats():
    network = _network("public <s> = <d>+ end*; <d> = one | two;")

    assert network.accepts(["one", "two", "one"])
    assert network.accepts(["two", "end", "end"])
    assert not network.accepts(["end"])


def test_weights_are_silent():
    network = _network("public <s> = [/0.1/ um] /0.5/ yes | /0.25/ no;")

    assert network.accepts(["yes"])
    assert network.accepts(["um", "yes"])
    assert network.words() == {"um", "yes", "no"}


def test_branches_with_one_beginning_and_one_ending_are_shared():
    network = _network("public <s> = where is my order | where is my parcel | when is my order | when is my parcel;")

    assert len(network.arcs) == 5


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("public <s> = <t>;", "rule <t> is used and not defined"),
        ("public <s> = a <s>;", "rule <s> contains itself"),
        ("public <s> = [a];", "the grammar accepts silence"),
        ("<s> = a;", "no public rule"),
        ("public <s> = (a;", "a ')' is missing"),
        ("public <s> = a | ;", "an empty alternative"),
        ("public <s> = * a;", "'*' repeats nothing"),
        ("public <s> = a ];", "']' does not belong here"),
        ("public <s> = /2/ a;", "must be above 0 and at most 1"),
        ("nonsense;", "is no JSGF rule"),
    ],
)
def test_a_broken_grammar_says_what_is_wrong(rules, message):
    with pytest.raises(BadInput, match=message.replace("(", r"\(").replace(")", r"\)").replace("*", r"\*")):
        _network(rules)


_NODES = st.recursive(
    st.sampled_from(["a", "b", "c"]).map(Said),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda items: Sequence(tuple(items))),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: OneOf(tuple(items))),
        inner.map(lambda item: Repeat(item, least=0, loop=False)),
    ),
    max_leaves=6,
)


def _sentences(node) -> set[tuple[str, ...]]:
    """Everything that a grammar without loops says."""
    match node:
        case Said(word):
            return {(word,)}
        case OneOf(items):
            return set().union(*(_sentences(item) for item in items))
        case Repeat(item):
            return {()} | _sentences(item)
        case Sequence(items):
            said = {()}
            for item in items:
                said = {before + after for before in said for after in _sentences(item)}
            return said


@given(_NODES, st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6))
def test_the_network_says_what_the_grammar_says(node, words):
    root = Sequence((Said("start"), node))
    network = build_network(Grammar(rules={"s": root}, public="s"))
    said = _sentences(root)

    assert all(network.accepts(sentence) for sentence in said)
    assert network.accepts(["start", *words]) == (("start", *words) in said)
