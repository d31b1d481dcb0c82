"""Indicators of the sales department: K1–K18 over recorded events and obligations only (R46, R103)."""

from salesreg.commercial.domain.indicators import INDICATORS as INDICATORS
from salesreg.commercial.domain.indicators import Basis as Basis
from salesreg.commercial.domain.indicators import Good as Good
from salesreg.commercial.domain.indicators import Indicator as Indicator
from salesreg.commercial.domain.indicators import Period as Period
from salesreg.commercial.domain.indicators import Unit as Unit
from salesreg.commercial.indicators.indicators import By as By
from salesreg.commercial.indicators.indicators import Indicators as Indicators
from salesreg.commercial.indicators.indicators import attained as attained
from salesreg.commercial.indicators.records import Sale as Sale
from salesreg.commercial.indicators.records import Verdict as Verdict
from salesreg.commercial.indicators.values import Value as Value
from salesreg.commercial.indicators.values import wilson as wilson
