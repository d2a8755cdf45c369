using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Peers;

namespace P2P.Samples.Lan;

/// <summary>One peer: takes commands as JSON lines on stdin, tells what happens as JSON lines on stdout.</summary>
internal sealed class PeerProcess(string data, string network, string networkInterface)
{
    private readonly Lock _out = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private P2PNode? _node;
    private TextDocument? _notes;
    private CancellationTokenSource _online = new();
    private Task _watching = Task.CompletedTask;
    private Task _typing = Task.CompletedTask;

    public static async Task<int> RunAsync(string data, string network, string networkInterface)
    {
        PeerProcess peer = new(data, network, networkInterface);
        try
        {
            await peer.GoOnlineAsync();
            while (await Console.In.ReadLineAsync() is string line && await peer.DoAsync(JsonNode.Parse(line)!))
            {
                // one command at a time
            }

            await peer.GoOfflineAsync();
            return 0;
        }
        catch (P2PException error)
        {
            await Console.Error.WriteLineAsync(error.Line);
            return error.ExitCode;
        }
    }

    private async Task<bool> DoAsync(JsonNode command)
    {
        switch ((string?)command["cmd"])
        {
            case "type":
                _typing = TypeAsync((string)command["text"]!, (double)command["at"]!, TimeSpan.FromMilliseconds((int)command["pauseMs"]!));
                break;
            case "state":
                TellState();
                break;
            case "clock":
                Tell("clock", new JsonObject { ["picture"] = ClockPicture.Draw(await ClockPicture.ReadAllAsync(_notes!.Replica), _notes.Status.Heads) });
                break;
            case "offline":
                await GoOfflineAsync();
                Tell("offline", []);
                break;
            case "online":
                await GoOnlineAsync();
                break;
            default:
                return false; // quit
        }

        return true;
    }

    private async Task GoOnlineAsync()
    {
        _online = new CancellationTokenSource();
        _node = await P2PNode.StartAsync(new P2POptions { DataDirectory = data, Network = network, Interfaces = [networkInterface] });
        _notes = await _node.Documents.OpenAsync("notes");
        Tell("ready", new JsonObject
        {
            ["peer"] = _node.PeerId.ToString(),
            ["address"] = _node.Addresses[0].ToString(),
            ["events"] = _notes.Status.AppliedCount,
        });
        _watching = WatchPeersAsync(_node, _online.Token);
    }

    private async Task GoOfflineAsync()
    {
        await _typing;
        await _online.CancelAsync();
        await _watching;
        _online.Dispose();
        await _node!.DisposeAsync();
    }

    private async Task WatchPeersAsync(P2PNode node, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (NodePeerEvent change in node.Peers.Events(cancellationToken))
            {
                string type = change.Connected ? "connected" : "lost";
                Tell(type, new JsonObject { ["peer"] = change.Peer.Id.ToString(), ["found"] = change.Peer.Found.ToString() });
            }
        }
        catch (OperationCanceledException)
        {
            // the node goes offline
        }
    }

    /// <summary>Types like a person: a word or a letter at a time behind the one before, wherever that is by now.</summary>
    private async Task TypeAsync(string text, double at, TimeSpan pause)
    {
        TextSnapshot start = _notes!.Snapshot;
        int place = (int)(start.Length * at);
        TextCursor cursor = _notes.CreateCursor(place, start.Version);
        List<Task> edits = [];
        foreach (char letter in text)
        {
            edits.Add(cursor.InsertAsync(letter.ToString()));
            await Task.Delay(pause, _time);
        }

        await Task.WhenAll(edits);
        Tell("typed", new JsonObject { ["characters"] = text.Length, ["durable"] = true });
    }

    private void TellState()
    {
        TextSnapshot snapshot = _notes!.Snapshot;
        Tell("state", new JsonObject
        {
            ["text"] = snapshot.Text,
            ["events"] = _notes.Status.AppliedCount,
            ["heads"] = _notes.Status.Heads.Count,
            ["frontier"] = _notes.Status.FrontierHash.ToString(),
            ["pending"] = _notes.Status.PendingCount,
            ["providers"] = _notes.Transfers.ProvidersFound,
            ["fetched"] = _notes.Transfers.EventsFetched,
        });
    }

    private void Tell(string type, JsonObject fields)
    {
        fields["ev"] = type;
        lock (_out)
        {
            Console.Out.WriteLine(fields.ToJsonString(JsonSerializerOptions.Default));
            Console.Out.Flush();
        }
    }
}
