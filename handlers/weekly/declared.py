"""The feature and its texts, so that every module of the folder can name them."""

from bot.chat.feature import Feature

feature = Feature("weekly")
text = feature.text
