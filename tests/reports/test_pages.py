"""The pages on disk: found again whatever a community is called, newest week first."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import CommunityId
from bot.reports import pages

_communities = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).map(CommunityId)


@given(community=_communities, weeks=st.sets(st.sampled_from(["2025-W52", "2026-W01", "2026-W40"]), min_size=1))
def test_the_newest_page_is_found_whatever_the_community_is_called(
    tmp_path_factory: pytest.TempPathFactory, community: CommunityId, weeks: set[str]
) -> None:
    data = tmp_path_factory.mktemp("pages")
    for week in weeks:
        page = pages.path_of(data, community, week)
        page.write_text(week)
        pages.picture_of(page, 1, "questions").write_bytes(b"")
    week, page = pages.newest(data)[community]
    assert (week, page.read_text()) == (max(weeks), max(weeks))
    assert [Path(one.path).suffix for one in pages.files(page)] == [".png", ".html"]
