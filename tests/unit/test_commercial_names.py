"""What `salesreg.commercial` gives out is what it says, whichever of its modules was imported before."""

import pkgutil

import salesreg.commercial


def test_no_name_is_that_of_a_module():
    modules = {one.name for one in pkgutil.iter_modules(salesreg.commercial.__path__)}
    assert not modules & set(salesreg.commercial.__all__)
