namespace P2P.Crdt.HashSeq;

/// <summary>A buffered insertion.</summary>
/// <param name="Start">First element.</param>
/// <param name="Count">How many, consecutive.</param>
/// <param name="Slot">Of the first.</param>
/// <param name="Extras">Extra dependencies of the first: see <see cref="RunTable.Extras"/>.</param>
internal readonly record struct PendingRun(int Start, int Count, Slot Slot, int Extras);
