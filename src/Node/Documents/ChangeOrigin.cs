using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Node.Documents;

/// <summary>Where a change of a replica came from, as whoever reads a document or log is told.</summary>
internal static class ChangeOrigin
{
    /// <param name="change">The change.</param>
    /// <param name="own">The key that this node writes with; null when it only reads.</param>
    public static TextOrigin Of(ReplicaChange change, ISigner? own) => change switch
    {
        { Kind: ReplicaChangeKind.Retracted } => TextOrigin.Retraction,
        { Source: EventSource.Local } => TextOrigin.Local,
        _ => own is not null && own.Author.Span.SequenceEqual(change.Event.Author.Span) ? TextOrigin.Local : TextOrigin.Remote, // before a restart
    };
}
