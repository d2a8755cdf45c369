using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Samples.SharedNotes;

/// <summary>One browser: it hears every change of the text, its own marked, and sends one edit at a time, based on the last version it heard.</summary>
internal sealed class NotesSocket(WebSocket socket, P2PNode node, TextDocument notes)
{
    private const int MessageBytesMax = 64 << 10;

    private const int VersionsMax = 256;

    private readonly ConcurrentDictionary<int, TextVersion> _told = new();

    public async Task RunAsync(CancellationToken gone)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(gone);
        await Task.WhenAll(UntilGoneAsync(TellAsync, ended), UntilGoneAsync(HearAsync, ended));
    }

    private static async Task UntilGoneAsync(Func<CancellationToken, Task> half, CancellationTokenSource ended)
    {
        try
        {
            await half(ended.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException or P2PException or JsonException or ArgumentException)
        {
            // The browser went, or said what makes no sense; the other half ends too.
        }
        finally
        {
            ended.Cancel();
        }
    }

    private async Task TellAsync(CancellationToken gone)
    {
        int number = 0;
        await foreach (TextUpdate update in notes.Updates(gone))
        {
            if (update.Steps.Count == 0 && number > 0)
            {
                continue; // what was typed is durable now: nothing to show
            }

            _told[++number] = update.Snapshot.Version;
            _told.TryRemove(number - VersionsMax, out _);
            JsonArray steps = [.. update.Steps.Select(s => new JsonObject
            {
                ["from"] = s.Splice.Offset,
                ["to"] = s.Splice.Offset + s.Splice.Removed,
                ["text"] = s.Splice.Inserted,
                ["own"] = ReferenceEquals(s.Tag, this),
            })];
            JsonObject message = new() { ["version"] = number, ["steps"] = steps };
            if (number == 1)
            {
                message["text"] = update.Snapshot.Text; // the first message: where to begin
                message["name"] = node.Name;
            }

            await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, gone);
        }
    }

    private async Task HearAsync(CancellationToken gone)
    {
        byte[] buffer = new byte[MessageBytesMax];
        while (true)
        {
            int length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), gone);
                length += part.Count;
            }
            while (!part.EndOfMessage && length < buffer.Length);

            if (part.MessageType == WebSocketMessageType.Close || !part.EndOfMessage || JsonNode.Parse(buffer.AsSpan(0, length)) is not JsonObject message)
            {
                return;
            }

            if (message["offline"] is JsonNode offline)
            {
                await SwitchAsync((bool)offline, gone);
            }
            else if (_told.TryGetValue((int)message["version"]!, out TextVersion? version))
            {
                // Shown to everybody at once, durable a moment later; the browser need not wait for that.
                TextSplice splice = new((int)message["from"]!, (int)message["to"]! - (int)message["from"]!, (string)message["text"]!);
                await notes.ApplyAsync([splice], version, tag: this, gone);
            }
            else
            {
                return; // too far behind: the page begins anew
            }
        }
    }

    private async Task SwitchAsync(bool offline, CancellationToken gone)
    {
        if (offline)
        {
            await node.GoOfflineAsync(gone);
        }
        else
        {
            node.GoOnline();
        }
    }
}
