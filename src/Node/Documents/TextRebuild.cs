using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Node.Documents;

/// <summary>A text made again from its events, when what was typed on top of them could not be written.</summary>
internal static class TextRebuild
{
    private const int PageSize = 1_024;

    /// <summary>The text after everything that was applied, in the same order. Reads every event once more.</summary>
    /// <exception cref="StoreException">An event cannot be read any more.</exception>
    public static async Task<TextView> RunAsync(Replica replica, AppliedLog applied)
    {
        TextView view = new(replica.Document);
        for (int from = 0; from < applied.Count; from += PageSize)
        {
            AppliedEvent[] page = [.. Enumerable.Range(from, Math.Min(PageSize, applied.Count - from)).Select(i => applied[i])];
            Dictionary<Cid, Event> events = (await replica.GetEventsAsync([.. page.Select(static a => a.Event)])).ToDictionary(static e => e.Cid);
            foreach (AppliedEvent item in page)
            {
                view.Apply(
                    events.TryGetValue(item.Event, out Event? found) ? found : throw new StoreException(StoreError.Corrupt, $"Event {item.Event} cannot be read back."),
                    item.Origin);
            }
        }

        return view;
    }
}
