using System.Runtime.CompilerServices;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Logs;

namespace P2P.Dashboard.Api;

/// <summary>Whether documents are texts or logs: asked at every look of every page, so each event is looked at once. Thread-safe.</summary>
internal sealed class DocumentKinds
{
    private readonly ConditionalWeakTable<TextDocument, Seen> _seen = [];

    /// <summary>Why this node may not write in a document for want of the right, for <c>--json</c> and the page; null when it may.</summary>
    public static string? CannotWrite(TextDocument document) =>
        document.Status.CannotWrite is ReplicaError.NotAWriter or ReplicaError.ReadOnly ? document.Status.CannotWrite.ToString() : null;

    /// <summary>What is in a document by now; of one that is closed meanwhile, what was seen before.</summary>
    public async ValueTask<DocumentKind> FindAsync(TextDocument document, CancellationToken cancellationToken)
    {
        Seen seen = _seen.GetValue(document, static _ => new Seen());
        bool hasText = await LookAsync(document.Replica, seen.Text, cancellationToken);
        bool hasEntries = await LookAsync(document.Replica, seen.Log, cancellationToken);
        return (hasText, hasEntries) switch
        {
            (true, true) => DocumentKind.Both,
            (true, false) => DocumentKind.Text,
            (false, true) => DocumentKind.Log,
            _ => DocumentKind.Empty,
        };
    }

    /// <summary>Whether text may be written: not into a log that holds none yet. Waits for nothing once there is text.</summary>
    public ValueTask<bool> TakesTextAsync(TextDocument document, CancellationToken cancellationToken) =>
        _seen.TryGetValue(document, out Seen? seen) && seen.Text.IsFound ? new(true) : LooksLikeTextAsync(document, cancellationToken);

    /// <summary>As a word of the answers.</summary>
    public async ValueTask<string> NameAsync(TextDocument document, CancellationToken cancellationToken) =>
        (await FindAsync(document, cancellationToken)).ToString().ToLowerInvariant();

    private async ValueTask<bool> LooksLikeTextAsync(TextDocument document, CancellationToken cancellationToken) =>
        await FindAsync(document, cancellationToken) != DocumentKind.Log;

    private static async ValueTask<bool> LookAsync(Replica replica, Trace trace, CancellationToken cancellationToken)
    {
        if (trace.IsFound || replica.Status.AppliedCount == 0)
        {
            return trace.IsFound;
        }

        try
        {
            EventPage page = await replica.QueryAsync(trace.Query, cancellationToken);
            trace.Note(page.Events.Count + page.Unreadable.Count > 0, page.Resume);
        }
        catch (InvalidCursorException)
        {
            trace.Note(isFound: false, next: null);
        }
        catch (Exception error) when (error is P2PException or ReplicaException or StoreException)
        {
            // Closed meanwhile, or its store failed: others say so.
        }

        return trace.IsFound;
    }

    private sealed class Seen
    {
        public Trace Text { get; } = new(SeqRules.TypeName);

        public Trace Log { get; } = new(ReplicatedLogLimits.EventType);
    }

    /// <summary>How far an event of a type was looked for.</summary>
    private sealed class Trace(string type)
    {
        private readonly Lock _gate = new();
        private QueryCursor? _next;
        private volatile bool _found;

        public bool IsFound => _found;

        public EventQuery Query
        {
            get
            {
                lock (_gate)
                {
                    return new EventQuery { Type = type, Limit = 1, After = _next };
                }
            }
        }

        /// <summary>Two requests at once look twice: what was found stays found.</summary>
        public void Note(bool isFound, QueryCursor? next)
        {
            lock (_gate)
            {
                _next = next;
                _found |= isFound;
            }
        }
    }
}
