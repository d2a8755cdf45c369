using P2P.Core.Multiformats;
using P2P.Crdt.Replication;
using P2P.Node.Documents;

namespace P2P.Node.Logs;

/// <summary>One item of the change stream of a log: an entry came, came back, or left.</summary>
/// <typeparam name="T">What an entry says.</typeparam>
public sealed record LogChange<T>
{
    /// <summary>The entry.</summary>
    public required LogEntry<T> Entry { get; init; }

    /// <summary>
    /// Where it came from; <see cref="TextOrigin.Retraction"/> when it left the log: its author signed two different events under one number, or was removed.
    /// It may come back, as an item of the origin it has then.
    /// </summary>
    public required TextOrigin Origin { get; init; }

    /// <summary>Pass it to <see cref="IReplicatedLog{T}.Changes"/> to go on behind this item, also after a restart.</summary>
    public required ChangeCursor Cursor { get; init; }

    /// <summary>The event that holds the entry.</summary>
    public Cid Event => Entry.Event;

    /// <summary>Who signed it.</summary>
    public TextAuthor Author => Entry.Author;

    /// <summary>When the author claims to have written it; null when withheld. Decides nothing.</summary>
    public DateTimeOffset? At => Entry.At;

    /// <summary>Whether the entry left the log.</summary>
    public bool IsRetraction => Origin == TextOrigin.Retraction;
}
