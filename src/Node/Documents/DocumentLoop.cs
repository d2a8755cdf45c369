using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;

namespace P2P.Node.Documents;

/// <summary>
/// Owns the <see cref="Sequence"/> of one document: applies what the replica applied and the edits of callers, one after the other, and publishes
/// immutable snapshots. Edits that wait for silence are always the newest part of the text: whatever arrives from elsewhere cuts them first, so
/// that the order of splices is the order of events.
/// </summary>
internal sealed class DocumentLoop : IAsyncDisposable
{
    private readonly Replica _replica;
    private readonly DocumentAuthor _author;
    private readonly TimeProvider _time;
    private TextView _view;
    private readonly TextOptions _options;
    private readonly ILogger _logger;
    private readonly Channel<TextEdit> _edits;
    private readonly SpliceLog _splices;
    private readonly TextBatch _pending;
    private readonly HashSet<Cid> _own = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private volatile TextSnapshot _snapshot;
    private UndoPen _undo;
    private readonly TextUpdateChain _updates = new();
    private TextRope _text = TextRope.Empty;
    private int _caret = -1;
    private TextEdit? _taken; // out of the inbox, its caller still waits
    private bool _dirty;
    private volatile bool _failed;

    public DocumentLoop((Replica Replica, DocumentAuthor Author) document, TextOptions options, TimeProvider time, ISpawner spawner, ILogger logger)
    {
        (_replica, _author) = document;
        _view = new TextView(_replica.Document);
        _options = options;
        _time = time;
        _logger = logger;
        _edits = Channel.CreateBounded<TextEdit>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        _splices = new SpliceLog(options.RebaseDepth);
        _pending = new TextBatch(options, time);
        _undo = new UndoPen(_view.Sequence, options, time);
        _snapshot = new TextSnapshot(TextRope.Empty, new TextVersion(0, 0, null, SeqVersion.Empty), []);
        _running = spawner.StartAsync(RunAsync);
    }

    /// <summary>The newest snapshot; reading never waits.</summary>
    public TextSnapshot Snapshot => _snapshot;

    /// <summary>What was applied, in order.</summary>
    public AppliedLog Applied { get; } = new();

    /// <summary>The newest link of the chain of everything that happens to the text.</summary>
    public TextUpdate Latest => _updates.Last;

    /// <summary>Ends when what the store held is in the text.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Whether a fault ended it: nothing is applied any more, and it cannot be mended.</summary>
    public bool HasFailed => _failed;

    /// <summary>Queues an edit, behind all that were queued before; ends when there was room. <see cref="TextEdit.Done"/> tells the rest.</summary>
    public Task PostAsync(TextEdit edit, CancellationToken cancellationToken) =>
        _edits.Writer.TryWrite(edit) ? Task.CompletedTask : PostWhenRoomAsync(_edits.Writer.WriteAsync(edit, cancellationToken));

    private static async Task PostWhenRoomAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (ChannelClosedException error)
        {
            throw error.InnerException as P2PException ?? new P2PException(NodeError.Stopped, "The document is closed.", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_edits.Writer.TryComplete())
        {
            await _running;
            _stop.Dispose();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await LoadAndServeAsync();
        }
        catch (Exception error)
        {
            _logger.DocumentFaulted(_replica.Document.ToString(), error.Message, error);
            P2PException reason = DocumentErrors.Stopped(error);
            _loaded.TrySetException(reason);
            _failed = true;
            _edits.Writer.TryComplete(reason);
            _pending.Take().ForEach(e => e.Done.TrySetException(reason));
            _taken?.Done.TrySetException(reason);
            while (_edits.Reader.TryRead(out TextEdit? edit))
            {
                edit.Done.TrySetException(reason);
            }
        }
        finally
        {
            Applied.Close();
            _updates.Close();
            _stop.Cancel();
        }
    }

    private async Task LoadAndServeAsync()
    {
        long stored = _replica.Status.ChangeCount;
        ChangeFeed changes = new(_replica, _stop.Token);
        Task<bool> nextEdit = _edits.Reader.MayReadAsync();
        bool open = true;
        while (open)
        {
            if (_dirty)
            {
                Publish();
            }

            if (Applied.Count >= stored)
            {
                _loaded.TrySetResult();
            }

            bool silent = await _pending.WaitAsync(changes.Next, nextEdit);
            while (changes.Next.IsCompleted)
            {
                await ApplyAsync(await changes.TakeAsync());
            }

            if (nextEdit.IsCompleted)
            {
                open = await nextEdit;
                await TakeEditsAsync(changes);
                nextEdit = open ? _edits.Reader.MayReadAsync() : nextEdit;
            }

            if (_pending.Count > 0 && (silent || !open || _pending.IsDue))
            {
                await CutAsync();
            }
        }

        _stop.Cancel();
        await changes.DisposeAsync();
    }

    private async Task ApplyAsync(ReplicaChange change)
    {
        if (_own.Remove(change.Event.Cid))
        {
            return; // in the text since it was typed
        }

        if (_pending.Count > 0)
        {
            await CutAsync();
        }

        TextOrigin origin = ChangeOrigin.Of(change, _author.Of(_replica.Document));
        Record(_view.Apply(change.Event, origin), tag: null);
        Applied.Add(new AppliedEvent(change.Event.Cid, origin));
        _dirty = true;
    }

    private async Task TakeEditsAsync(ChangeFeed changes)
    {
        while (_edits.Reader.TryRead(out TextEdit? edit))
        {
            _taken = edit; // a cut that fails on its behalf is told to its caller too
            if (edit.Writes)
            {
                await TryAsync(edit, () => ReadyAsync(changes, edit.GiveUp)); // before anything of it is in the text
                if (edit.Done.Task.IsCompleted)
                {
                    continue;
                }
            }

            bool isUnique = edit.Unique && edit.Text.Length > 0;
            if (isUnique || (edit.Ask is not null && !edit.AsIs) || (_options.CutOnMove && _pending.Count > 0 && Moves(edit)))
            {
                await CutAsync(); // what is unique or asked about has events of its own, and a caret that moved begins a new one
            }

            await TryAsync(edit, () => isUnique ? AppendUniqueAsync(edit) : TakeAsync(edit));
            if (edit.CutNow || _pending.IsLong)
            {
                await CutAsync();
            }
        }
    }

    /// <summary>Until this replica may write and the text has what the replica has by now: own events that had to be fetched, and all others.</summary>
    private async Task ReadyAsync(ChangeFeed changes, CancellationToken giveUp)
    {
        await _author.ReadyAsync(_replica, giveUp);
        if (_pending.Count > 0 && Applied.Count < _replica.Status.ChangeCount)
        {
            await CutAsync(); // before counting: what is cut is a change as well, and none of those that are waited for
        }

        for (long known = _replica.Status.ChangeCount; Applied.Count < known;)
        {
            await ApplyAsync(await changes.TakeAsync());
        }
    }

    /// <summary>What goes wrong is told to the caller. A caller's mistake leaves the document as it is; anything else ends it.</summary>
    private static async Task TryAsync(TextEdit edit, Func<Task> perform)
    {
        try
        {
            await perform();
        }
        catch (Exception error)
        {
            edit.Done.TrySetException(DocumentErrors.OfEdit(error));
            if (error is not (ArgumentException or P2PException))
            {
                throw;
            }
        }
    }

    private Task TakeAsync(TextEdit edit)
    {
        if (edit.Ask is not null)
        {
            if (_dirty)
            {
                Publish(); // the snapshot is the text that is asked
            }

            edit.Ask(_view.Sequence, _splices);
            edit.Done.TrySetResult();
        }
        else if (edit.Undo != TextUndo.None)
        {
            IReadOnlyList<TextSplice>? splices = _undo.Go(edit.Undo);
            edit.Did = splices is not null;
            Record(splices ?? [], edit.Tag);
            _pending.Add(edit);
            _dirty = true;
        }
        else
        {
            ApplyEdit(edit, _undo);
        }

        return Task.CompletedTask;
    }

    /// <summary>Whether an edit is somewhere else than the one before it ended.</summary>
    private bool Moves(TextEdit edit)
    {
        long revision = edit.Cursor?.Revision ?? edit.BasedOn?.Revision ?? _splices.Revision;
        int? place = edit.Cursor?.Offset ?? edit.Offset;
        return edit.Undo == TextUndo.None && edit.Characters > 0 && _splices.Reaches(revision)
            && (place is int old ? _splices.Carry(old, revision) : _view.Sequence.Length) is int at && at != _caret && (long)at + edit.DeleteLength != _caret;
    }

    private void ApplyEdit(TextEdit edit, ITextPen pen)
    {
        long revision = TextEditing.Check(_splices, edit.Cursor?.Revision ?? edit.BasedOn?.Revision ?? _splices.Revision);
        Record(TextEditing.Edit(_view.Sequence, edit, _splices, revision, pen), edit.Tag);
        if (edit.Cursor is TextCursor cursor)
        {
            cursor.Revision = _splices.Revision;
        }

        _pending.Add(edit);
        _dirty = true;
    }

    /// <summary>The salt of a unique insertion holds the number of its event, so the insertion happens when that is known.</summary>
    private async Task AppendUniqueAsync(TextEdit edit)
    {
        TextEditing.CheckText(edit.Text);
        bool applied = false;
        await CutOnceAsync(context =>
        {
            if (!applied)
            {
                applied = true;
                ApplyEdit(edit, new UniquePen(_view.Sequence, InsertOptions.Unique(context.Author.Span, context.Sequence)));
            }
        });
        await CutAsync();
    }

    /// <summary>Makes events of the waiting edits (one, unless they are too long for one); returns when all are durable.</summary>
    private async Task CutAsync()
    {
        try
        {
            while (_view.Sequence.HasPending)
            {
                await CutOnceAsync(static _ => { });
            }
        }
        catch (P2PException full) when (full.Error == NodeError.StoreFull)
        {
            return; // taken back, and its callers know
        }

        List<TextEdit> done = _pending.Take();
        Publish();
        done.ForEach(static e => e.Done.TrySetResult());
    }

    private async Task CutOnceAsync(Action<AppendContext> before)
    {
        EventDraft draft = new()
        {
            Type = SeqRules.TypeName,
            At = _options.WithholdTime ? 0 : null,
            BuildBody = context => // on the replica's loop; this loop waits, so the sequence has one user
            {
                before(context);
                return _view.Sequence.TakeBody(context) ?? throw new InvalidOperationException("Nothing to cut.");
            },
        };
        Event cut;
        try
        {
            cut = await _author.AppendAsync(_replica, draft, _pending.Cause ?? _taken?.Cause);
        }
        catch (ReplicaException failed) when (failed.Error == ReplicaError.DraftFailed && failed.InnerException is ArgumentException or P2PException)
        {
            ExceptionDispatchInfo.Throw(failed.InnerException!); // the caller's mistake, found while its event was built
            throw;
        }
        catch (ReplicaException failed) when (failed.Error == ReplicaError.StoreFailed && _replica.Status.Fault is StoreError.None or StoreError.DiskFull)
        {
            throw await TakeBackAsync(failed);
        }

        _view.Sequence.Commit(cut);
        _own.Add(cut.Cid);
        Applied.Add(new AppliedEvent(cut.Cid, TextOrigin.Local));
    }

    /// <summary>No room: the text is what is durable again, and who typed the rest is told. Undo begins anew. (Spec: durability, D5.)</summary>
    private async Task<P2PException> TakeBackAsync(ReplicaException failed)
    {
        P2PException full = new(NodeError.StoreFull, "The store is full: what could not be written is not in the text. Make room and try again.", failed);
        _view = await TextRebuild.RunAsync(_replica, Applied);
        _undo = new UndoPen(_view.Sequence, _options, _time);
        if (TextSplice.Between(_text.ToString(), _view.Sequence.GetText()) is TextSplice lost)
        {
            Record([lost], tag: null);
        }

        List<TextEdit> refused = _pending.Take();
        Publish();
        refused.ForEach(e => e.Done.TrySetException(full));
        return full;
    }

    private void Record(IEnumerable<TextSplice> splices, object? tag)
    {
        foreach (TextSplice splice in splices)
        {
            _splices.Add(splice.Offset, splice.Removed, splice.Inserted.Length);
            _text = _text.Splice(splice.Offset, splice.Removed, splice.Inserted);
            _caret = splice.Offset + splice.Inserted.Length;
            _updates.Note(splice, tag);
        }
    }

    private void Publish()
    {
        _dirty = false;
        Invariant.Check(_text.Length == _view.Sequence.Length, "the splices are not what happened to the text");
        TextVersion version = new(_splices.Revision, Applied.Count, _pending.Count > 0 ? _text : null, _view.FrontierAfter(Applied.Count));
        _snapshot = new TextSnapshot(_text, version, _replica.Status.Heads);
        _updates.Publish(_snapshot);
        Applied.Announce();
    }
}
