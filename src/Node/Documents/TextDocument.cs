using System.Runtime.CompilerServices;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Presence;
using P2P.Crdt.Replication;
using P2P.Node.Adapters;

namespace P2P.Node.Documents;

/// <summary>
/// A shared text. Usable from any thread: reading never waits, an edit completes when its event is durable. Offsets are UTF-16 units.
/// An edit sees all that this node holds when its turn comes. Own text that was erased here and comes back from peers is waited for, so what is appended
/// stands behind it; an edit at an offset keeps its place in the version it names: at 0 it is in front, also of what comes back.
/// </summary>
/// <remarks>Spec: HashSeq, section 12.</remarks>
public sealed class TextDocument
{
    private readonly DocumentHost _host;
    private readonly TextOptions _options;

    internal TextDocument(string name, DocumentHost host, TextOptions options, PresenceOptions presence)
    {
        Name = name;
        _host = host;
        _options = options;
        History = new TextHistory(this);
        Programs = new DocumentPrograms(host);
        Clock = new TextClock(host);
        Presence = new TextPresence(this, host, presence);
    }

    /// <summary>The name it was opened by.</summary>
    public string Name { get; }

    /// <summary>Its id: the CID of the genesis block, the same on every peer of the network.</summary>
    public Cid Id => _host.Replica.Document;

    /// <summary>The key that this node writes with here: its own, or one of this document alone (<see cref="DocumentCatalog.DeleteAsync"/>); null when it only reads.</summary>
    public TextAuthor? Author => _host.Author;

    /// <summary>Who may write in it.</summary>
    public WriterPolicy Writers => _host.Replica.Options.Genesis.Writers is { } keys
        ? WriterPolicy.Allow(keys.Select(static k => new TextAuthor(k)))
        : WriterPolicy.Open;

    /// <summary>What somebody else needs to open it: which document it is, and at most three addresses of this node. <c>ToString</c> gives the text.</summary>
    public Ticket Ticket => new(_host.Replica.Options.Genesis, [.. _host.Addresses.Take(Ticket.AddressesMax)]);

    /// <summary>The newest text with its version. Includes edits of this node that are not durable yet.</summary>
    public TextSnapshot Snapshot => _host.Loop.Snapshot;

    /// <summary>The newest text.</summary>
    public string Text => Snapshot.Text;

    /// <summary>Heads, frontier hash, sync state and forks of the Merkle-Clock behind the text.</summary>
    public ReplicaStatus Status => _host.Replica.Status;

    /// <summary>The Merkle-Clock itself: events, queries, pictures.</summary>
    public Replica Replica => _host.Replica;

    /// <summary>Connected peers that follow this document right now.</summary>
    public IReadOnlyList<PeerId> Followers => _host.Followers;

    /// <summary>What was fetched by CID since the document was opened.</summary>
    public TransferCounts Transfers => _host.Transfers;

    /// <summary>The start from a snapshot, when one was asked for: shows a text before the history is here.</summary>
    public BootstrapStatus Bootstrap => _host.Bootstrap?.Status ?? BootstrapStatus.None;

    /// <summary>Programs that the nodes of this document run together.</summary>
    public DocumentPrograms Programs { get; }

    /// <summary>The past, who wrote what, and places that stay with their text.</summary>
    public TextHistory History { get; }

    /// <summary>The interval tree clock that spares bytes of sync sessions.</summary>
    public TextClock Clock { get; }

    /// <summary>Who else is here: names, colours, carets. And what the others are told of us.</summary>
    public TextPresence Presence { get; }

    /// <summary>Inserts text. Equal text typed in the same place and context by somebody else exists once.</summary>
    /// <param name="offset">Where, in <paramref name="basedOn"/>.</param>
    /// <param name="text">At most <see cref="TextOptions.InsertMax"/> units; no lone surrogate.</param>
    /// <param name="basedOn">The version the offset speaks of; null means the newest snapshot at the time of the call.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    /// <exception cref="ArgumentException">Offset outside the text or inside a surrogate pair, or text with a lone surrogate.</exception>
    /// <exception cref="P2PException">The document is closed, or the version is too old.</exception>
    public Task InsertAsync(int offset, string text, TextVersion? basedOn = null, CancellationToken cancellationToken = default) =>
        EditAsync(new TextEdit { Offset = offset, Text = text, BasedOn = basedOn ?? Snapshot.Version }, cancellationToken);

    /// <summary>Deletes a range. What others inserted inside it meanwhile stays.</summary>
    /// <param name="offset">Where, in <paramref name="basedOn"/>.</param>
    /// <param name="length">UTF-16 units.</param>
    /// <param name="basedOn">The version the range speaks of; null means the newest.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    /// <exception cref="ArgumentException">Range outside the text or splitting a surrogate pair.</exception>
    public Task DeleteAsync(int offset, int length, TextVersion? basedOn = null, CancellationToken cancellationToken = default) =>
        EditAsync(new TextEdit { Offset = offset, DeleteLength = length, BasedOn = basedOn ?? Snapshot.Version }, cancellationToken);

    /// <summary>Replaces a range; see <see cref="InsertAsync"/> and <see cref="DeleteAsync(int, int, TextVersion?, CancellationToken)"/>.</summary>
    /// <param name="offset">Where, in <paramref name="basedOn"/>.</param>
    /// <param name="length">UTF-16 units to delete.</param>
    /// <param name="text">What to insert at <paramref name="offset"/>.</param>
    /// <param name="basedOn">The version the range speaks of; null means the newest.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    public Task ReplaceAsync(int offset, int length, string text, TextVersion? basedOn = null, CancellationToken cancellationToken = default) =>
        EditAsync(new TextEdit { Offset = offset, DeleteLength = length, Text = text, BasedOn = basedOn ?? Snapshot.Version }, cancellationToken);

    /// <summary>Deletes a range; see <see cref="DeleteAsync(int, int, TextVersion?, CancellationToken)"/>.</summary>
    /// <param name="range">UTF-16 units of <paramref name="basedOn"/>.</param>
    /// <param name="basedOn">The snapshot that the range speaks of; null means the newest.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    public Task DeleteAsync(Range range, TextSnapshot? basedOn = null, CancellationToken cancellationToken = default) =>
        ReplaceAsync(range, string.Empty, basedOn, cancellationToken);

    /// <summary>Replaces a range; see <see cref="ReplaceAsync(int, int, string, TextVersion?, CancellationToken)"/>.</summary>
    /// <param name="range">UTF-16 units of <paramref name="basedOn"/>.</param>
    /// <param name="text">What to insert in its place.</param>
    /// <param name="basedOn">The snapshot that the range speaks of; null means the newest.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    public Task ReplaceAsync(Range range, string text, TextSnapshot? basedOn = null, CancellationToken cancellationToken = default)
    {
        TextSnapshot snapshot = basedOn ?? Snapshot;
        (int offset, int length) = range.GetOffsetAndLength(snapshot.Length);
        return ReplaceAsync(offset, length, text, snapshot.Version, cancellationToken);
    }

    /// <summary>What an editor sends: several places of one version at once, all of it or nothing, rebased over what arrived since.</summary>
    /// <param name="changes">Ascending and disjoint; every offset is one of <paramref name="basedOn"/>.</param>
    /// <param name="basedOn">The version that they speak of.</param>
    /// <param name="tag">Comes back in <see cref="TextStep.Tag"/> of <see cref="Updates"/>, so that an editor knows its own; null means not asked for.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    /// <exception cref="ArgumentException">An offset outside the text or inside a surrogate pair, changes out of order, or a lone surrogate.</exception>
    /// <exception cref="P2PException">The document is closed, or the version is too old.</exception>
    public Task ApplyAsync(IReadOnlyList<TextSplice> changes, TextVersion basedOn, object? tag = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(basedOn);
        long end = 0;
        foreach (TextSplice change in changes)
        {
            ArgumentNullException.ThrowIfNull(change.Inserted, nameof(changes));
            if (change.Offset < end || change.Removed < 0)
            {
                throw new ArgumentException("The changes overlap or are out of order.", nameof(changes));
            }

            end = (long)change.Offset + change.Removed;
        }

        return EditAsync(new TextEdit { Splices = changes, BasedOn = basedOn, Tag = tag }, cancellationToken);
    }

    /// <summary>
    /// Everything that happens to the text, for an editor: first the present snapshot without steps, then each update, including what is typed on this
    /// node before it is an event. Nothing is dropped; what a reader has not read yet stays in memory.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<TextUpdate> Updates(CancellationToken cancellationToken = default) =>
        new SpawnedEnumerable<TextUpdate>(_host.Spawner, UpdatesAsync, cancellationToken);

    private async IAsyncEnumerable<TextUpdate> UpdatesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TextUpdate at = _host.Loop.Latest;
        yield return at.AsStart();
        while (await at.Next.OrCanceledAsync(cancellationToken) is TextUpdate next)
        {
            at = next;
            yield return next;
        }
    }

    /// <summary>Takes the last own edits of this session back, by new edits that everybody sees; what others did stays. Appends are not taken back.</summary>
    /// <param name="cancellationToken">Ends the wait; it may still happen.</param>
    /// <returns>False when there was nothing to take back.</returns>
    public Task<bool> UndoAsync(CancellationToken cancellationToken = default) => GoAsync(TextUndo.Back, cancellationToken);

    /// <summary>Makes again what was taken back last.</summary>
    /// <param name="cancellationToken">Ends the wait; it may still happen.</param>
    /// <returns>False when there was nothing, or something was edited since.</returns>
    public Task<bool> RedoAsync(CancellationToken cancellationToken = default) => GoAsync(TextUndo.Forth, cancellationToken);

    /// <summary>Makes the text equal to another one by the smallest single replacement, so that what others write elsewhere meanwhile stays.</summary>
    /// <param name="reader">Plain text; read to its end, at most <see cref="TextOptions.InsertMax"/> units.</param>
    /// <param name="cancellationToken">Ends reading or the wait; the edit may still happen.</param>
    /// <exception cref="ArgumentException">It holds a lone surrogate.</exception>
    /// <exception cref="P2PException">It is too long.</exception>
    public Task ImportAsync(TextReader reader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return _host.Spawner.StartAsync(() => ImportCoreAsync(reader, cancellationToken));
    }

    /// <summary>Writes the newest text as plain text.</summary>
    /// <param name="writer">Is not flushed.</param>
    /// <param name="cancellationToken">Ends it; a part may be written.</param>
    public Task ExportAsync(TextWriter writer, CancellationToken cancellationToken = default)
    {
        TextSnapshot snapshot = Snapshot;
        return _host.Spawner.StartAsync(() => snapshot.Rope.WriteAsync(writer, cancellationToken));
    }

    /// <summary>Appends at the end. By default two equal lines of two peers stay two lines.</summary>
    /// <param name="text">The text; add your own line end.</param>
    /// <param name="unique">False shares equal text, as typing does.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    public Task AppendAsync(string text, bool unique = true, CancellationToken cancellationToken = default) =>
        EditAsync(new TextEdit { Text = text, Unique = unique, CutNow = true }, cancellationToken);

    /// <summary>As <see cref="AppendAsync(string, bool, CancellationToken)"/>, unique.</summary>
    /// <param name="text">The text; add your own line end.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    public Task AppendAsync(string text, CancellationToken cancellationToken) => AppendAsync(text, unique: true, cancellationToken);

    /// <summary>A place to type at, carried along when others edit.</summary>
    /// <param name="offset">Where, in <paramref name="basedOn"/>.</param>
    /// <param name="basedOn">The version the offset speaks of; null means the newest.</param>
    public TextCursor CreateCursor(int offset, TextVersion? basedOn = null) => new(this, offset, basedOn ?? Snapshot.Version);

    /// <summary>Cuts what is waiting into an event now and waits until it is durable.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task FlushAsync(CancellationToken cancellationToken = default) => EditAsync(new TextEdit { CutNow = true }, cancellationToken);

    /// <summary>
    /// What each event did to the text, in the order in which this node applied them: first the past from <paramref name="from"/>, then live. The
    /// splices applied to the text at <paramref name="from"/> give the text now. Nothing is dropped; a slow reader only falls behind.
    /// </summary>
    /// <param name="from">A version of this document; null means the beginning.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <remarks>Cost: a private index over the text, built once, O(events) before the first item of a late version.</remarks>
    public IAsyncEnumerable<TextChange> Changes(TextVersion? from = null, CancellationToken cancellationToken = default) =>
        new SpawnedEnumerable<TextChange>(_host.Spawner, token => FollowAsync(from, token), cancellationToken);

    private async IAsyncEnumerable<TextChange> FollowAsync(TextVersion? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AppliedLog applied = _host.Loop.Applied;
        TextView view = new(Id);
        int next = 0;
        while (true)
        {
            await applied.WaitBeyondAsync(next, cancellationToken);
            if (next >= applied.Announced)
            {
                yield break; // closed
            }

            AppliedEvent item = applied[next++];
            Event? found = (await Replica.GetEventsAsync([item.Event], cancellationToken)).SingleOrDefault();
            if (found is null)
            {
                continue; // compacted away: its text is in the splices of what follows a snapshot
            }

            IReadOnlyList<TextSplice> splices = view.Apply(found, item.Origin);
            if (next <= (from?.Applied ?? 0))
            {
                continue;
            }

            if (from?.PendingText is TextRope typed && next == from.Applied + 1)
            {
                // The version held edits of this event already: only the rest of it is news.
                splices = TextSplice.Between(typed.ToString(), view.Sequence.GetText()) is TextSplice rest ? [rest] : [];
            }

            yield return TextEditing.Describe(found, item.Origin, splices);
        }
    }

    /// <summary>Waits until an event is in this document, here.</summary>
    /// <param name="event">Its CID, as somebody else named it.</param>
    /// <param name="cancellationToken">Ends the wait; nothing else changes.</param>
    /// <exception cref="P2PException">The document was closed meanwhile.</exception>
    public Task WaitForAsync(Cid @event, CancellationToken cancellationToken = default) =>
        _host.Spawner.StartAsync(() => WaitForCoreAsync(@event, cancellationToken));

    /// <summary>Waits until a snapshot's text can be shown (<see cref="BootstrapStatus.Text"/>, unverified), or there will be none.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForPreviewAsync(CancellationToken cancellationToken = default) =>
        _host.Spawner.StartAsync(() => _host.Bootstrap?.Shown.OrCanceledAsync(cancellationToken) ?? Task.CompletedTask);

    /// <summary>Waits until the snapshot's events are verified and in the document, or it was given up or refused.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForBootstrapAsync(CancellationToken cancellationToken = default) =>
        _host.Spawner.StartAsync(() => _host.Bootstrap?.Ended.OrCanceledAsync(cancellationToken) ?? Task.CompletedTask);

    /// <summary>Writes a signed snapshot of the document as it is now, for others to start from.</summary>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>CID of the <c>snap</c> event; none when the document is empty or has more than 64 heads.</returns>
    /// <exception cref="P2P.Crdt.Snapshots.SnapshotException">The state needs blocks that are not here.</exception>
    public Task<Cid> MakeSnapshotAsync(CancellationToken cancellationToken = default) =>
        DocumentErrors.RunAsync(_host.Spawner, () => _host.MakeSnapshotAsync(cancellationToken));

    /// <summary>
    /// Drops the blocks of events that a snapshot of this document, made here or by somebody else, has as well. Everything reads as before, and peers
    /// that sync are served; who asks for a dropped block by its CID gets none. The disk has the space back after <c>p2p store gc --compact</c>.
    /// </summary>
    /// <param name="options">The peers whose copy is waited for.</param>
    /// <param name="cancellationToken">Ends the work; what was dropped by then stays dropped, and readable.</param>
    /// <returns>What was dropped, or why nothing was.</returns>
    public Task<P2P.Crdt.Snapshots.CompactionReport> CompactAsync(
        P2P.Crdt.Snapshots.CompactionOptions options, CancellationToken cancellationToken = default) =>
        DocumentErrors.RunAsync(_host.Spawner, () => _host.CompactAsync(options, cancellationToken));

    /// <summary>Waits until a peer has confirmed that it has exactly the same events, and <see cref="Text"/> shows them.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing else changes.</param>
    public Task WaitForSyncAsync(CancellationToken cancellationToken = default) =>
        _host.Spawner.StartAsync(() => _host.WaitForSyncAsync(cancellationToken));

    /// <summary>Waits until at least one peer is known to hold the present heads of this node, and so everything behind them.</summary>
    /// <param name="cancellationToken">Ends the wait; delivery goes on.</param>
    public Task WaitForDeliveryAsync(CancellationToken cancellationToken = default) =>
        _host.Spawner.StartAsync(() => _host.WaitForDeliveryAsync(cancellationToken));

    /// <summary>Where its calls run.</summary>
    internal ISpawner Spawner => _host.Spawner;

    internal bool HasFailed => _host.HasFailed;

    internal TextOrigin OriginOf(ReplicaChange change) => _host.OriginOf(change);

    /// <summary>Signs an event of another type than text, under a new key if the present one turns out to be used elsewhere.</summary>
    internal Task<Event> WriteAsync(EventDraft draft, CancellationToken giveUp = default) => DocumentErrors.TellAsync(() => _host.WriteAsync(draft, giveUp));

    /// <summary>The edit takes its place in line before this returns, so calls that follow each other are applied in order.</summary>
    internal Task EditAsync(TextEdit edit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(edit.Text);
        if (edit.Inserted > _options.InsertMax)
        {
            throw new P2PException(NodeError.TooLong, $"The text has {edit.Inserted} UTF-16 units; at most {_options.InsertMax} are taken at once (TextOptions.InsertMax).");
        }

        edit.Begin(cancellationToken);
        Task queued = _host.Loop.PostAsync(edit, cancellationToken);
        return _host.Spawner.StartAsync(() => edit.DurableAsync(queued, cancellationToken));
    }

    /// <summary>Makes an edit and reads what it found, without a step of it in the caller's context.</summary>
    internal Task<T> EditAsync<T>(TextEdit edit, Func<T> result, CancellationToken cancellationToken)
    {
        Task done = EditAsync(edit, cancellationToken); // in line before this returns
        return _host.Spawner.StartAsync(async () =>
        {
            await done;
            return result();
        });
    }

    private async Task WaitForCoreAsync(Cid wanted, CancellationToken cancellationToken)
    {
        AppliedLog applied = _host.Loop.Applied;
        for (int i = 0; ; i++)
        {
            await applied.WaitBeyondAsync(i, cancellationToken);
            if (i >= applied.Announced)
            {
                throw new P2PException(NodeError.Stopped, "The document is closed.");
            }

            if (applied[i].Event == wanted)
            {
                return;
            }
        }
    }

    private Task<bool> GoAsync(TextUndo way, CancellationToken cancellationToken)
    {
        TextEdit edit = new() { Undo = way };
        return EditAsync(edit, () => edit.Did, cancellationToken);
    }

    private async Task ImportCoreAsync(TextReader reader, CancellationToken cancellationToken)
    {
        string text = await TextImport.ReadAsync(reader, _options.InsertMax, cancellationToken);
        TextSnapshot snapshot = Snapshot;
        if (TextSplice.Between(snapshot.Text, text) is TextSplice change)
        {
            await ReplaceAsync(change.Offset, change.Removed, change.Inserted, snapshot.Version, cancellationToken);
        }
    }
}
