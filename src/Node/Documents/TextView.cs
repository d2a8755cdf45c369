using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;

namespace P2P.Node.Documents;

/// <summary>A <see cref="Sequence"/> that events can also leave. One owner.</summary>
/// <param name="replica">Where events are read again when one leaves.</param>
internal sealed class TextView(Replica replica)
{
    private const int PageEvents = 256;

    private readonly List<Cid> _applied = [];

    /// <summary>The text. Replaced when an event leaves.</summary>
    public Sequence Sequence { get; private set; } = new(replica.Document);

    /// <summary>Applies or retracts an event and says what that did to the text.</summary>
    public async Task<IReadOnlyList<TextSplice>> ApplyAsync(Event item, TextOrigin origin, CancellationToken cancellationToken)
    {
        if (item.Type != SeqRules.TypeName)
        {
            return [];
        }

        if (origin != TextOrigin.Retraction)
        {
            _applied.Add(item.Cid);
            return [.. Sequence.Apply(item).Select(static s => new TextSplice(s.Offset, s.Removed, s.Inserted))];
        }

        string before = Sequence.GetText();
        if (_applied.Remove(item.Cid))
        {
            await RebuildAsync(cancellationToken);
        }

        return TextSplice.Between(before, Sequence.GetText()) is TextSplice splice ? [splice] : [];
    }

    /// <summary>Notes an own event whose elements are in the text since they were typed.</summary>
    public void Commit(Event own)
    {
        Sequence.Commit(own);
        _applied.Add(own.Cid);
    }

    /// <summary>
    /// Retraction is rare (a fork or a removed writer), so the text is built anew from what stays. The order of what stays is causal: whatever
    /// built on the leaving event has left before it.
    /// </summary>
    private async Task RebuildAsync(CancellationToken cancellationToken)
    {
        Sequence = new Sequence(replica.Document);
        foreach (Cid[] page in _applied.Chunk(PageEvents))
        {
            foreach (Event item in await replica.GetEventsAsync(page, cancellationToken))
            {
                Sequence.Apply(item);
            }
        }
    }
}
