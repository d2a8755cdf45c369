using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using P2P.Core.Runtime;
using P2P.Dashboard.Api;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Editing;

/// <summary>
/// One browser that edits one document. It hears every change of the text in one order, its own marked with their number, and sends edits based on
/// the last version it heard; the document rebases them. It has one edit on its way at a time, so nobody's text is ever sent twice.
/// </summary>
#pragma warning disable CA1001 // a SemaphoreSlim whose wait handle is never taken holds nothing to dispose
internal sealed class EditSocket(
    WebSocket socket, (TextDocument Document, LocalCarets Carets) shared, DashboardOptions options, P2PNode node, DocumentKinds kinds)
#pragma warning restore CA1001
{
    /// <summary>An update with more steps than this, none of them this browser's, is sent as one replacement.</summary>
    private const int StepsMax = 256;

    private const uint PresenceColour = 0x4A5BD4;

    private readonly TextDocument _document = shared.Document;
    private readonly P2POptions _runtime = node.Options;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly SemaphoreSlim _tellingCarets = new(1);
    private readonly VersionTable _versions = new();
    private DashboardRefusal _refusal;
    private IReadOnlyList<RemotePresence> _remote = [];
    private bool _shown;

    /// <summary>Serves it until it goes or <paramref name="stop"/> is cancelled.</summary>
    /// <returns>Why it was closed, when that was this side's choice.</returns>
    public async Task<DashboardRefusal> RunAsync(CancellationToken stop)
    {
        // Two tokens: a receive that is cancelled tears the socket, so the reader is left alone until the browser had time to answer a good-bye.
        using CancellationTokenSource telling = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using CancellationTokenSource reading = new();
        await using ITimer patience = _runtime.Time.CreateTimer(static r => ((CancellationTokenSource)r!).Cancel(), reading, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Task told = _runtime.Spawner.StartAsync(async () =>
        {
            Task carets = Task.WhenAll(QuietlyAsync(() => WatchOtherNodesAsync(telling.Token)), QuietlyAsync(() => WatchOtherWindowsAsync(telling.Token)));
            await QuietlyAsync(() => TellAsync(telling.Token));
            telling.Cancel(); // the document was closed
            await carets;
            await QuietlyAsync(CloseAsync);
            patience.Change(options.SendTimeout, Timeout.InfiniteTimeSpan);
        });
        await QuietlyAsync(async () => _refusal = await ReadAsync(reading.Token));
        telling.Cancel();
        await told;
        if (_shown)
        {
            await QuietlyAsync(HandOverAsync);
        }

        return _refusal;
    }

    private static async Task QuietlyAsync(Func<Task> half)
    {
        try
        {
            await half();
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException or P2PException)
        {
            // The browser went, the node stops, or it did not accept a message in time: the other half ends too.
        }
    }

    private async Task CloseAsync()
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        WebSocketCloseStatus status = _refusal switch
        {
            DashboardRefusal.None => WebSocketCloseStatus.NormalClosure,
            DashboardRefusal.TooLarge => WebSocketCloseStatus.MessageTooBig,
            _ => WebSocketCloseStatus.PolicyViolation,
        };
        using CancellationTokenSource limit = new(options.SendTimeout, _runtime.Time);
        await socket.CloseOutputAsync(status, _refusal == DashboardRefusal.None ? null : _refusal.ToString(), limit.Token);
    }

    private async Task<DashboardRefusal> ReadAsync(CancellationToken cancellationToken)
    {
        MessageReader reader = new(socket, options.MessageBytesMax);
        List<Task> waiting = [];
        try
        {
            while (await reader.ReadAsync(cancellationToken) is { Type: not WebSocketMessageType.Close } message)
            {
                EditMessage? edit = null;
                DashboardRefusal refusal = message.TooLarge ? DashboardRefusal.TooLarge
                    : message.Type != WebSocketMessageType.Text || !EditMessage.TryRead(message.Bytes, out edit) ? DashboardRefusal.Malformed
                    : !options.AllowWrites ? DashboardRefusal.ReadOnly
                    : DashboardRefusal.None;
                if (refusal != DashboardRefusal.None)
                {
                    return refusal;
                }

                waiting.RemoveAll(static t => t.IsCompleted);
                waiting.Add(edit!.Caret is (int anchor, int head)
                    ? QuietlyAsync(() => MoveAsync(edit.Version, anchor, head, cancellationToken))
                    : ApplyAsync(edit, cancellationToken)); // in line before this returns; durable later
                if (waiting.Count >= options.EditsWaitingMax)
                {
                    await Task.WhenAny(waiting);
                }
            }

            return DashboardRefusal.None;
        }
        finally
        {
            await Task.WhenAll(waiting); // none of them throws
        }
    }

    private async Task ApplyAsync(EditMessage edit, CancellationToken cancellationToken)
    {
        (string Why, string? Code) refused;
        try
        {
            if (!await kinds.TakesTextAsync(_document, cancellationToken))
            {
                refused = ("This is a log: what is written as text would be in it and never be seen. `p2p log append` writes to it.", null);
            }
            else if (_versions.Take(edit.Version) is TextVersion version)
            {
                await _document.ApplyAsync(edit.Changes, version, new EditTag(this, edit.Number), cancellationToken);
                return;
            }

            else
            {
                refused = ("The edit is based on a version that is too old.", null);
            }
        }
        catch (P2PException error)
        {
            refused = (error.Message, error.Code);
        }
        catch (ArgumentException error)
        {
            refused = (error.Message, null);
        }
        catch (OperationCanceledException)
        {
            return; // the edit stays; nobody is there to hear of it
        }

        await QuietlyAsync(() => SendAsync(new JsonObject { ["t"] = "refused", ["n"] = edit.Number, ["why"] = refused.Why, ["code"] = refused.Code }, cancellationToken));
    }

    /// <summary>Tells the others where this browser's caret is. A place that no longer makes sense is passed over: the next one comes soon.</summary>
    private async Task MoveAsync(long version, int anchor, int head, CancellationToken cancellationToken)
    {
        if (_versions.Take(version) is not TextVersion known)
        {
            return;
        }

        try
        {
            if (!_shown)
            {
                _shown = true;
                await _document.Presence.ShowAsync(string.Empty, PresenceColour, cancellationToken);
            }

            await Task.WhenAll(
                _document.Presence.MoveAsync(head, anchor == head ? null : anchor, known, cancellationToken),
                shared.Carets.MoveAsync(this, (anchor, head), known, cancellationToken));
        }
        catch (ArgumentException)
        {
            // Outside the text as it was in that version: a page of our own never says so.
        }
    }

    /// <summary>The node's caret is that of a browser that stays, if there is one.</summary>
    private async Task HandOverAsync()
    {
        if (shared.Carets.Remove(this) is not LocalCaret other)
        {
            await _document.Presence.HideCaretAsync(CancellationToken.None);
            return;
        }

        await _document.Presence.MoveAsync(other);
    }

    private async Task WatchOtherNodesAsync(CancellationToken cancellationToken)
    {
        await foreach (PresenceView view in _document.Presence.WatchAsync(cancellationToken))
        {
            Volatile.Write(ref _remote, view.Others);
            await TellCaretsAsync(cancellationToken);
        }
    }

    private async Task WatchOtherWindowsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = shared.Carets.Changed; // before looking, or a change in between would be missed
            await TellCaretsAsync(cancellationToken);
            await changed.OrCanceledAsync(cancellationToken);
        }
    }

    private async Task TellCaretsAsync(CancellationToken cancellationToken)
    {
        await _tellingCarets.WaitAsync(cancellationToken); // or an older list could go out behind a newer one
        try
        {
            JsonArray list = [];
            foreach (RemotePresence other in Volatile.Read(ref _remote).Where(static o => o.Caret is not null))
            {
                list.Add((JsonNode)Caret(other.Name, other.Caret!.Value, other.Anchor));
            }

            foreach ((int window, int head, int? anchor) in await shared.Carets.OthersAsync(this, cancellationToken))
            {
                list.Add((JsonNode)Caret($"{node.Name} (window {window})", head, anchor));
            }

            await SendAsync(new JsonObject { ["t"] = "carets", ["list"] = list }, cancellationToken);
        }
        finally
        {
            _tellingCarets.Release();
        }
    }

    private static JsonObject Caret(string name, int head, int? anchor) => new() { ["name"] = name, ["head"] = head, ["anchor"] = anchor ?? head };

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        TextSnapshot? before = null;
        await foreach (TextUpdate update in _document.Updates(cancellationToken))
        {
            if (before is null)
            {
                await SendAsync(Hello(update.Snapshot), cancellationToken);
            }
            else if (update.Steps.Count > 0)
            {
                await SendAsync(Describe(update, before), cancellationToken);
            }
            else
            {
                continue;
            }

            before = update.Snapshot;
        }
    }

    private JsonObject Hello(TextSnapshot snapshot) => new()
    {
        ["t"] = "hello",
        ["v"] = _versions.Add(snapshot.Version),
        ["doc"] = _document.Name,
        ["write"] = options.AllowWrites && DocumentKinds.CannotWrite(_document) is null,
        ["max"] = options.MessageBytesMax,
        ["text"] = snapshot.Text,
    };

    /// <summary>Runs of splices, each after the other; a run with a number is this browser's own edit.</summary>
    private JsonObject Describe(TextUpdate update, TextSnapshot before)
    {
        JsonArray runs = [];
        if (update.Steps.Count > StepsMax && !update.Steps.Any(s => IsOwn(s.Tag)))
        {
            if (TextSplice.Between(before.Text, update.Snapshot.Text) is TextSplice all)
            {
                runs.Add((JsonNode)new JsonObject { ["n"] = null, ["c"] = new JsonArray(Change(all)) });
            }
        }
        else
        {
            object? tag = null;
            JsonArray? changes = null;
            foreach (TextStep step in update.Steps)
            {
                if (changes is null || !ReferenceEquals(tag, step.Tag))
                {
                    (tag, changes) = (step.Tag, []);
                    runs.Add((JsonNode)new JsonObject { ["n"] = IsOwn(tag) ? ((EditTag)tag!).Number : null, ["c"] = changes });
                }

                changes.Add((JsonNode)Change(step.Splice));
            }
        }

        return new JsonObject { ["t"] = "text", ["v"] = _versions.Add(update.Snapshot.Version), ["len"] = update.Snapshot.Length, ["r"] = runs };
    }

    private bool IsOwn(object? tag) => tag is EditTag own && own.Socket == this;

    private static JsonArray Change(TextSplice splice) => [splice.Offset, splice.Offset + splice.Removed, splice.Inserted];

    private async Task SendAsync(JsonObject message, CancellationToken cancellationToken)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(message.ToJsonString());
        await _sending.WaitAsync(cancellationToken);
        using CancellationTokenSource limit = new(options.SendTimeout, _runtime.Time); // the only one: a send that is cancelled tears the socket
        try
        {
            await socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        }
        finally
        {
            _sending.Release();
        }
    }
}
