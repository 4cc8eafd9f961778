"""The repositories of these tables."""

from {{ package_name }}.database import Repository

from .models import Note, Sample, Shelf


class NoteRepository(Repository[Note]):
    """Finds and stores notes."""

    model = Note


class SampleRepository(Repository[Sample]):
    """Finds and stores samples."""

    model = Sample


class ShelfRepository(Repository[Shelf]):
    """Finds and stores shelves."""

    model = Shelf
