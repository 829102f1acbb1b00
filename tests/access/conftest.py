"""People with a role, and programs with a token."""

import pytest
from django.contrib.auth.models import Group, User

from access.services import issue_token


@pytest.fixture
def viewer(db: None) -> User:
    user = User.objects.create_user("vera")
    user.groups.add(Group.objects.get(name="viewer"))
    return user


@pytest.fixture
def secret(viewer: User) -> str:
    return issue_token(user=viewer, name="report")[1]
