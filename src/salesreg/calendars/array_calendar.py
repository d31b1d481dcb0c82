"""The arithmetic of a business calendar on NumPy arrays."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from salesreg.calendars.day_calendar import DayCalendar
from salesreg.calendars.terms import Term
from salesreg.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from salesreg.calendars.batch import DueBatch


class ArrayCalendar(DayCalendar):
    """A business calendar asked about many instants at once; needs the extra `batch`.

    Instants are `datetime64[us]` in UTC, dates `datetime64[D]`, durations `timedelta64`; any shape, NaT stays NaT. Each
    answer equals that of the method for one.
    """

    __slots__ = ()

    def add_business_days_batch(self, starts: ArrayLike, days: ArrayLike) -> NDArray[np.datetime64]:
        """`add_business_days` on arrays: `datetime64[D]` in gives dates, instants in UTC give closes of business.

        Args:
            starts: `datetime64[D]`, or instants as `datetime64[us]` in UTC; any shape, NaT stays NaT.
            days: how many working days: one whole number, or one for each start.

        Returns:
            `datetime64[D]` for dates, `datetime64[us]` in UTC for instants.

        >>> import numpy as np
        >>> from salesreg.calendars import BusinessCalendar
        >>> BusinessCalendar.russia().add_business_days_batch(np.array(["2024-04-26", "2024-12-27"], "M8[D]"), 2)
        array(['2024-05-02', '2025-01-09'], dtype='datetime64[D]')

        Raises:
            MissingExtraError: if NumPy is not installed.
            BusinessTimeError: if an array is of another kind.
            CalendarHorizonError: if an answer is beyond what the calendar knows.
        """
        _need_numpy()
        from salesreg.calendars import batch

        return batch.add_business_days(self.line, starts, days)

    def add_working_time_batch(self, starts: ArrayLike, durations: ArrayLike) -> NDArray[np.datetime64]:
        """`add_working_time` on arrays: `datetime64[us]` in UTC and `timedelta64` in, `datetime64[us]` in UTC out.

        >>> import numpy as np
        >>> starts = np.array(["2024-06-07T14:59", "2024-06-10T10:20"], "M8[us]")
        >>> from salesreg.calendars import BusinessCalendar
        >>> BusinessCalendar.russia().add_working_time_batch(starts, np.timedelta64(30, "m")).astype("M8[m]")
        array(['2024-06-10T06:29', '2024-06-10T11:30'], dtype='datetime64[m]')

        Raises:
            MissingExtraError: if NumPy is not installed.
            BusinessTimeError: if an array is of another kind.
            CalendarHorizonError: if an answer is beyond what the calendar knows.
        """
        _need_numpy()
        from salesreg.calendars import batch

        return batch.add_working_time(self.line, starts, durations)

    def working_time_between_batch(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.timedelta64]:
        """`working_time_between` on arrays: `datetime64[us]` in UTC in, `timedelta64[us]` out.

        Raises:
            MissingExtraError: if NumPy is not installed.
            BusinessTimeError: if an array is of another kind.
            CalendarHorizonError: if an instant is beyond what the calendar knows.
        """
        _need_numpy()
        from salesreg.calendars import batch

        return batch.working_time_between(self.line, starts, ends)

    def provisional_batch(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.bool_]:
        """Whether a day from each start to its end may still change: what to ask of any other answer in a batch.

        >>> import numpy as np
        >>> starts = np.array(["2027-06-01T09:00", "2027-12-30T09:00"], "M8[us]")
        >>> from salesreg.calendars import BusinessCalendar
        >>> moscow = BusinessCalendar.russia()
        >>> moscow.provisional_batch(starts, moscow.add_business_days_batch(starts, 5))
        array([False,  True])

        Raises:
            MissingExtraError: if NumPy is not installed.
            BusinessTimeError: if an array is of another kind.
            CalendarHorizonError: if an instant is beyond what the calendar knows.
        """
        _need_numpy()
        from salesreg.calendars import batch

        return batch.provisional(self.line, starts, ends)

    def due_batch(self, term: Term | str, starts: ArrayLike) -> DueBatch:
        """When a term is due for each of many starts: `datetime64[us]` in UTC, with a flag where it is provisional.

        >>> import numpy as np
        >>> from salesreg.calendars import BusinessCalendar
        >>> due = BusinessCalendar.russia().due_batch("2 business days", np.array(["2024-04-26T07:00"], "M8[us]"))
        >>> due.at.astype("M8[m]"), due.provisional
        (array(['2024-05-02T15:00'], dtype='datetime64[m]'), array([False]))

        Raises:
            MissingExtraError: if NumPy is not installed.
            TermSyntaxError: if the text is no term.
            BusinessTimeError: if the starts are of another kind.
            CalendarHorizonError: if a deadline is beyond what the calendar knows.
        """
        _need_numpy()
        from salesreg.calendars.batch_due import due_batch

        return due_batch(self.line, term if isinstance(term, Term) else Term.parse(term), starts)


def _need_numpy() -> None:
    try:
        import_module("numpy")
    except ImportError:
        raise MissingExtraError(
            "arithmetic on arrays needs NumPy: pip install 'salesreg[batch]'", extra="batch"
        ) from None
