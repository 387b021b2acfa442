// Package productprice is the example of https://dcb.events about prices that
// change while people shop: an order names the prices that were displayed, and a
// displayed price is good for ten minutes after it was replaced.
//
// An order of several products depends on the prices of exactly these products:
// one [Prices] model each, made when the order is known and loaded in one read,
// under one condition. Orders are no part of it. So any number of people order
// one product at the same time without disturbing each other, and only a change
// of a price makes a decision be taken again.
//
// Time comes from the clock of the command ([application.WithClock]).
package productprice
