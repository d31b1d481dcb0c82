"""Indicators of the sales department: K1–K18 over recorded events and obligations only (R46, R103)."""

from salesreg.commercial.indicators.declared import INDICATORS as INDICATORS
from salesreg.commercial.indicators.declared import Good as Good
from salesreg.commercial.indicators.declared import Indicator as Indicator
from salesreg.commercial.indicators.declared import Unit as Unit
from salesreg.commercial.indicators.indicators import Indicators as Indicators
from salesreg.commercial.indicators.records import Basis as Basis
from salesreg.commercial.indicators.records import Sale as Sale
from salesreg.commercial.indicators.records import Verdict as Verdict
from salesreg.commercial.indicators.values import Period as Period
from salesreg.commercial.indicators.values import Value as Value
from salesreg.commercial.indicators.values import wilson as wilson
