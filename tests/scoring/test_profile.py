"""Profiles: the shipped one, and every fault of a broken one told at once."""

import hashlib
from importlib.resources import files
from pathlib import Path

import pytest

from scoring import Profile, ProfileError
from scoring.catalogue import COMPONENTS

SHIPPED = (files("scoring") / "profiles" / "formative.toml").read_text()


def broken(*changes: tuple[str, str]) -> tuple[str, ...]:
    """The faults of the shipped profile with these changes."""
    text = SHIPPED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ProfileError) as caught:
        Profile.parse(text.encode(), name="broken")
    for fault in caught.value.faults:
        assert fault in str(caught.value)
    return caught.value.faults


def test_the_shipped_profile_sets_every_measure() -> None:
    profile = Profile.load()
    assert profile.name == "formative"
    assert profile.sha256 == hashlib.sha256(SHIPPED.encode()).hexdigest()
    assert {each.id: {rule.id for rule in each.rules} for each in profile.components} == {
        name: set(measures) for name, measures in COMPONENTS.items()
    }


def test_measures_have_names_of_their_own() -> None:
    ids = [id for measures in COMPONENTS.values() for id in measures]
    assert len(ids) == len(set(ids))


def test_weapon_distances_are_off() -> None:
    rules = [rule for component in Profile.load().components for rule in component.rules]
    assert not [name for rule in rules for name in rule.parameters if "weapon" in name or "firearm" in name]


def test_an_agency_brings_its_own_file(tmp_path: Path) -> None:
    own = tmp_path / "county.toml"
    own.write_text(SHIPPED.replace("agitated_m = 2.0", "agitated_m = 2.5\ncontact_weapon_m = 6.4", 1))
    profile = Profile.load(own)
    rules = {rule.id: rule for component in profile.components for rule in component.rules}
    assert profile.name == "county"
    assert rules["distance_kept"].parameters["agitated_m"] == 2.5
    assert rules["distance_kept"].parameters["contact_weapon_m"] == 6.4
    assert profile.sha256 != Profile.load().sha256


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ProfileError, match="there are: formative"):
        Profile.load("formativ")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("tolerance = 0.9", "tolerence = 0.9", "unknown key 'tolerence'"),
        ("tolerance = 0.9", "", "tolerance must be a number"),
        ("tolerance = 0.9", "tolerance = nan", "tolerance must be a number"),
        ("tolerance = 0.9", "tolerance = true", "tolerance must be a number"),
        ("calm_m = 1.2", "calm_m = 120", "from 0.3 to 50, not 120"),
        ("weight = 0.40", "weight = -1", "weight must be a number from 0"),
        ("weight = 0.40", "weight = 0", "at least one measure with a weight above 0"),
        ("weight = 15", "weight = 0", "leave the component out"),
        ("[[30, 100], [180, 0]]", "[[30, 100], [180, inf]]", "inf is not a finite number"),
        ("[[30, 100], [180, 0]]", '"steep"', "must be a list of pairs"),
        ('basis = "E"', 'basis = "F"', "one of E, C, D"),
        ('title = "Distance kept"', 'title = " "', "title must be a text"),
        ("essential = false", "essential = 0", "essential must be true or false"),
        ('too_near = "', 'too_far = "', "unknown key 'too_far'"),
        ("[components.collaboration]", "[components.colaboration]", "unknown component 'colaboration'"),
        ("measures.help_called]", "measures.help_caled]", "unknown measure 'help_caled'"),
        ('version = "0.1.0"', "version = 1", "version must be a text"),
        ('version = "0.1.0"', 'versoin = "1"', "unknown key 'versoin'"),
    ],
)
def test_a_fault_is_told_with_its_place(old: str, new: str, fault: str) -> None:
    assert any(fault in each for each in broken((old, new)))


def test_all_faults_are_told_at_once() -> None:
    faults = broken(("tolerance = 0.9", "tolerence = 0.9"), ("[[30, 100]", "[[200, 100]"), ('basis = "E"', ""))
    assert len(faults) == 4
    assert any(fault.startswith("components.tactics.measures.distance_kept.parameters: ") for fault in faults)
    assert any(fault.startswith("components.collaboration.measures.help_called: knots") for fault in faults)


@pytest.mark.parametrize("data", [b"", b"version = ", b"\xff\xfe", b"version = '1'\ncomponents = 3"])
def test_what_is_no_profile_is_refused(data: bytes) -> None:
    with pytest.raises(ProfileError):
        Profile.parse(data, name="none")
