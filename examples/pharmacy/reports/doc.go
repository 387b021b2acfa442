// Package reports holds the read models of the pharmacy: what a pharmacist and an
// inspector ask, as projections of the events.
//
//	[Products]       the perpetual inventory, one state per product
//	[LogEntries]     the running log, one state per line and one per product
//	[Histories]      what happened to prescriptions, one state per number
//	[Deadlines]      what is due, one state per deadline that runs
//	[Discrepancies]  differences that counts found, one state per count
//	[Doses]          doses that were issued, one state per dose
//	[Days]           the daily report, one state per day
//
// A runner keeps them up to date, a view answers from them, and [Model.Check] holds
// them against a fold of all events from scratch:
//
//	runner, err := projection.NewRunner(store, states, projection.Options{}, reports.Projections(models)...)
//	open, err := reports.Discrepancies().View(states).List(ctx, projection.Selection{
//		Tags: []domain.Tag{reports.OpenTag(true)},
//	})
//
// No read model knows what time it is: whoever shows deadlines compares them with
// the clock, see [Upcoming].
//
// Functions that take a store, such as [Inventory], fold the same definitions from all
// events when they are asked. That needs no store of projections, and takes the
// longer the more events there are. Every function may be used concurrently.
package reports
