using System.Reflection;
using System.Text;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.HashSeq;
using P2P.Node.Documents;
using P2P.Node.Files;
using P2P.Node.Logs;
using P2P.Node.Topics;

namespace P2P.Node.Tests;

/// <summary>
/// Every asynchronous public member of the package is called from a thread whose synchronization context never runs anything, as the thread of a
/// user interface that waits. A member that is not in the list below fails the first test, so none is forgotten.
/// </summary>
public sealed class BlockedContextTests : IDisposable
{
    private static readonly TimeSpan s_limit = TestSupport.Watchdog.Limit;

    private static readonly PeerId s_stranger = PeerId.FromKeyProtobuf([8, 1, 18, 1, 0]);

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-blocked-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_asynchronous_member_of_the_public_API_is_called_below()
    {
        string[] offered =
        [
            .. typeof(P2PNode).Assembly.GetExportedTypes()
                .SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
                .Where(static m => IsAsynchronous(m.ReturnType))
                .Select(static m => $"{m.DeclaringType!.Name.Split('`')[0]}.{m.Name}({string.Join(", ", m.GetParameters().Select(static p => p.ParameterType.Name.Split('`')[0]))})")
                .Order(StringComparer.Ordinal),
        ];

        Assert.True(!offered.Except(Calls().Keys).Any(), $"Call these below too: {string.Join("; ", offered.Except(Calls().Keys))}");
        Assert.Empty(Calls().Keys.Except(offered));
    }

    [Fact]
    public async Task The_whole_public_API_works_from_a_thread_with_a_blocked_context()
    {
        Scene scene = await Scene.SetAsync(_folder);
        IReadOnlyList<string> stuck = await TestSupport.NeverContext.CallAsync(Calls().Select(c => (c.Key, new Func<Task>(() => c.Value(scene)))));
        await scene.Other.DisposeAsync();

        Assert.Empty(stuck);
    }

    /// <summary>In this order: the last ones close what the others use.</summary>
    private static Dictionary<string, Func<Scene, Task>> Calls()
    {
        Dictionary<string, Func<Scene, Task>> calls = [];
        AddNode(calls);
        AddDocuments(calls);
        AddText(calls);
        AddPast(calls);
        AddPrograms(calls);
        AddFiles(calls);
        AddLogsAndTopics(calls);
        AddEnds(calls);
        return calls;
    }

    private static void AddNode(Dictionary<string, Func<Scene, Task>> calls)
    {
        // Not started: a real one would look for peers on the machine's network.
        calls["P2PNode.StartAsync(CancellationToken)"] = static _ => Ends(P2PNode.StartAsync(new CancellationToken(canceled: true)));
        calls["P2PNode.StartAsync(P2POptions, CancellationToken)"] = static s =>
        {
            using Task<P2PNode> started = P2PNode.StartAsync(TestNodes.Options());
            return started.Wait(s_limit) ? s.Keep(started.Result) : Task.Delay(-1);
        };
        calls["PeerDirectory.WaitForAsync(Int32, CancellationToken)"] = static s => s.Node.Peers.WaitForAsync(1);
        calls["PeerDirectory.Events(CancellationToken)"] = static s => First(s.Node.Peers.Events());
        calls["PeerDirectory.ConnectAsync(Multiaddr, CancellationToken)"] = static s => s.Node.Peers.ConnectAsync(s.Other.Addresses[0]);
        calls["NodeInspection.GetTopicsAsync(CancellationToken)"] = static s => s.Node.Inspection.GetTopicsAsync();
        calls["NodeInspection.GetScoreAsync(PeerId, CancellationToken)"] = static s => s.Node.Inspection.GetScoreAsync(s.Other.PeerId);
        calls["NodeInspection.GetTableAsync(CancellationToken)"] = static s => s.Node.Inspection.GetTableAsync();
        calls["NodeInspection.GetBlockAsync(Cid, CancellationToken)"] = static s => s.Node.Inspection.GetBlockAsync(s.File);
        calls["PeerDirectory.BanAsync(PeerId, TimeSpan, CancellationToken)"] = static s => s.Node.Peers.BanAsync(s_stranger, TimeSpan.FromMinutes(1));
        calls["NodeDht.FindPeerAsync(PeerId, CancellationToken)"] = static s => s.Node.Dht.FindPeerAsync(s.Other.PeerId);
        calls["NodeDht.ProvideAsync(Cid, CancellationToken)"] = static s => s.Node.Dht.ProvideAsync(s.File);
        calls["NodeDht.FindProvidersAsync(Cid, Int32, CancellationToken)"] = static s => First(s.Other.Dht.FindProvidersAsync(s.File));
        calls["NodeDht.StopProvidingAsync(Cid, CancellationToken)"] = static s => s.Node.Dht.StopProvidingAsync(s.File);
        calls["NodeDht.PutValueAsync(ReadOnlyMemory, ReadOnlyMemory, CancellationToken)"] = static s => s.Node.Dht.PutValueAsync(KeyOf(s.Other.PeerId), s.Other.PeerId.Memory[2..]);
        calls["NodeDht.GetValueAsync(ReadOnlyMemory, CancellationToken)"] = static s => s.Node.Dht.GetValueAsync(KeyOf(s.Other.PeerId));
        calls["PeerDirectory.PingAsync(PeerId, CancellationToken)"] = static s => s.Node.Peers.PingAsync(s.Other.PeerId);
    }

    private static void AddDocuments(Dictionary<string, Func<Scene, Task>> calls)
    {
        calls["DocumentCatalog.OpenAsync(String, CancellationToken)"] = static s => s.Node.Documents.OpenAsync("another");
        calls["DocumentCatalog.OpenAsync(String, BootstrapOptions, CancellationToken)"] =
            static s => s.Node.Documents.OpenAsync("third", new BootstrapOptions { Trusted = [s.Node.Author.Key!.Value] });
        calls["DocumentCatalog.OpenAsync(Ticket, CancellationToken)"] = static s => s.Node.Documents.OpenAsync(s.Notes.Ticket);
        calls["DocumentCatalog.ListAsync(CancellationToken)"] = static s => s.Node.Documents.ListAsync();
        calls["DocumentCatalog.CreateAsync(DocumentOptions, CancellationToken)"] = static s => s.Node.Documents.CreateAsync(new DocumentOptions());
    }

    private static void AddText(Dictionary<string, Func<Scene, Task>> calls)
    {
        calls["TextDocument.InsertAsync(Int32, String, TextVersion, CancellationToken)"] = static s => s.Notes.InsertAsync(0, "typed ");
        calls["TextDocument.DeleteAsync(Int32, Int32, TextVersion, CancellationToken)"] = static s => s.Notes.DeleteAsync(0, 1);
        calls["TextDocument.DeleteAsync(Range, TextSnapshot, CancellationToken)"] = static s => s.Notes.DeleteAsync(..1);
        calls["TextDocument.ReplaceAsync(Int32, Int32, String, TextVersion, CancellationToken)"] = static s => s.Notes.ReplaceAsync(0, 1, "x");
        calls["TextDocument.ReplaceAsync(Range, String, TextSnapshot, CancellationToken)"] = static s => s.Notes.ReplaceAsync(..1, "y");
        calls["TextDocument.ApplyAsync(IReadOnlyList, TextVersion, Object, CancellationToken)"] =
            static s => s.Notes.ApplyAsync([new TextSplice(0, 0, "z")], s.Notes.Snapshot.Version);
        calls["TextDocument.UndoAsync(CancellationToken)"] = static s => s.Notes.UndoAsync();
        calls["TextDocument.RedoAsync(CancellationToken)"] = static s => s.Notes.RedoAsync();
        calls["TextDocument.ImportAsync(TextReader, CancellationToken)"] = static s => s.Notes.ImportAsync(new StringReader("imported\n"));
        calls["TextDocument.ExportAsync(TextWriter, CancellationToken)"] = static s => s.Notes.ExportAsync(new SlowWriter());
        calls["TextDocument.AppendAsync(String, Boolean, CancellationToken)"] = static s => s.Notes.AppendAsync("line\n", unique: false);
        calls["TextDocument.AppendAsync(String, CancellationToken)"] = static s => s.Notes.AppendAsync("line\n", CancellationToken.None);
        calls["TextDocument.FlushAsync(CancellationToken)"] = static s => s.Notes.FlushAsync();
        calls["TextDocument.Changes(TextVersion, CancellationToken)"] = static s => First(s.Notes.Changes());
        calls["TextDocument.Updates(CancellationToken)"] = static s => First(s.Notes.Updates());
        calls["TextDocument.WaitForAsync(Cid, CancellationToken)"] = static s => s.Notes.WaitForAsync(s.Notes.Status.Heads[0]);
        calls["TextDocument.WaitForPreviewAsync(CancellationToken)"] = static s => GivenUp(token => s.Starting.WaitForPreviewAsync(token));
        calls["TextDocument.WaitForBootstrapAsync(CancellationToken)"] = static s => GivenUp(token => s.Starting.WaitForBootstrapAsync(token));
        calls["TextDocument.MakeSnapshotAsync(CancellationToken)"] = static s => s.Notes.MakeSnapshotAsync();
        calls["TextDocument.CompactAsync(CompactionOptions, CancellationToken)"] = static s => Ends(s.Notes.CompactAsync(new()));
        calls["TextDocument.WaitForDeliveryAsync(CancellationToken)"] = static s => s.Notes.WaitForDeliveryAsync();
        calls["TextDocument.WaitForSyncAsync(CancellationToken)"] = static s => Ends(s.Notes.WaitForSyncAsync(Soon()));
        calls["TextSnapshot.WriteToAsync(TextWriter, CancellationToken)"] = static s => s.Notes.Snapshot.WriteToAsync(new SlowWriter());
        calls["TextCursor.InsertAsync(String, CancellationToken)"] = static s => s.Cursor.InsertAsync("at the cursor");
        calls["TextCursor.BackspaceAsync(Int32, CancellationToken)"] = static s => s.Cursor.BackspaceAsync();
        calls["TextPresence.ShowAsync(String, UInt32, CancellationToken)"] = static s => s.Notes.Presence.ShowAsync("me", 1);
        calls["TextPresence.MoveAsync(Int32, Nullable, TextVersion, CancellationToken)"] = static s => s.Notes.Presence.MoveAsync(0);
        calls["TextPresence.BindAsync(Int32, Nullable, TextVersion, CancellationToken)"] = static s => s.Notes.Presence.BindAsync(0);
        calls["TextPresence.MoveAsync(LocalCaret, CancellationToken)"] = static s =>
        {
            using Task<LocalCaret> bound = s.Notes.Presence.BindAsync(0);
            return bound.Wait(s_limit) ? s.Notes.Presence.MoveAsync(bound.Result) : Task.Delay(-1);
        };
        calls["TextPresence.ResolveAsync(IReadOnlyList, CancellationToken)"] = static s => s.Notes.Presence.ResolveAsync([]);
        calls["TextPresence.HideCaretAsync(CancellationToken)"] = static s => s.Notes.Presence.HideCaretAsync();
        calls["TextPresence.GetAsync(CancellationToken)"] = static s => s.Notes.Presence.GetAsync();
        calls["TextPresence.WatchAsync(CancellationToken)"] = static s => First(s.Notes.Presence.WatchAsync());
        calls["TextPresence.LeaveAsync(CancellationToken)"] = static s => s.Notes.Presence.LeaveAsync();
        calls["TextClock.GetAsync(CancellationToken)"] = static s => s.Notes.Clock.GetAsync();
        calls["TextClock.LeaveAsync(CancellationToken)"] = static s => s.Notes.Clock.LeaveAsync();
        calls["TextClock.BeginEpochAsync(CancellationToken)"] = static s => s.Notes.Clock.BeginEpochAsync();
    }

    private static void AddPast(Dictionary<string, Func<Scene, Task>> calls)
    {
        calls["ClockPicture.ReadAllAsync(Replica, CancellationToken)"] = static s => ClockPicture.ReadAllAsync(s.Notes.Replica);
        calls["TextHistory.ViewAtAsync(SeqVersion, CancellationToken)"] = static s => s.Notes.History.ViewAtAsync(s.Version);
        calls["TextHistory.DiffAsync(SeqVersion, SeqVersion, CancellationToken)"] = static s => s.Notes.History.DiffAsync(s.Version, s.Version);
        calls["TextHistory.BlameAsync(Range, TextSnapshot, CancellationToken)"] = static s => s.Notes.History.BlameAsync(..1);
        calls["TextHistory.AnchorAsync(Int32, Bias, TextSnapshot, CancellationToken)"] = static s => s.Notes.History.AnchorAsync(1, Bias.Right);
        calls["TextHistory.ResolveAsync(TextAnchor, CancellationToken)"] = static s => s.Notes.History.ResolveAsync(s.Anchor);
        calls["TextHistory.SelectAsync(Range, TextSnapshot, CancellationToken)"] = static s => s.Notes.History.SelectAsync(..1);
        calls["TextHistory.ResolveAsync(TextSelection, CancellationToken)"] = static s => s.Notes.History.ResolveAsync(s.Selection);
    }

    private static void AddPrograms(Dictionary<string, Func<Scene, Task>> calls)
    {
        calls["DocumentPrograms.ExecuteAsync(ExecutorOptions, CancellationToken)"] = static s => s.Notes.Programs.ExecuteAsync();
        calls["DocumentPrograms.PublishAsync(ReadOnlyMemory, CancellationToken)"] = static s => s.Notes.Programs.PublishAsync("value"u8.ToArray());
        calls["DocumentPrograms.RequestAsync(ProgramRequest, CancellationToken)"] = static s => Ends(s.Notes.Programs.RequestAsync(
            new ProgramRequest { Program = Cid.ForRaw("value"u8), Inputs = [], Snapshot = s.Notes.Status.Heads[0] }));
    }

    private static void AddFiles(Dictionary<string, Func<Scene, Task>> calls)
    {
        calls["BlockCatalog.AddFileAsync(String, IProgress, CancellationToken)"] = static s => s.Node.Blocks.AddFileAsync(s.Path("a.txt"));
        calls["BlockCatalog.AddFileAsync(Stream, IProgress, CancellationToken)"] = static s => s.Node.Blocks.AddFileAsync(new MemoryStream([1, 2, 3]));
        calls["BlockCatalog.GetFileAsync(Cid, String, IProgress, CancellationToken)"] = static s => s.Node.Blocks.GetFileAsync(s.File, s.Path("b.txt"));
        calls["BlockCatalog.GetFileAsync(Cid, String, GetFileOptions, IProgress, CancellationToken)"] =
            static s => s.Node.Blocks.GetFileAsync(s.File, s.Path("c.txt"), new GetFileOptions());
        calls["BlockCatalog.GetFileAsync(Cid, Stream, GetFileOptions, IProgress, CancellationToken)"] =
            static s => s.Node.Blocks.GetFileAsync(s.File, new MemoryStream(), new GetFileOptions());
        calls["BlockCatalog.ResolveAsync(Cid, String, GetFileOptions, CancellationToken)"] = static s => s.Node.Blocks.ResolveAsync(s.File, string.Empty, new GetFileOptions());
        calls["BlockCatalog.GetBlockAsync(Cid, GetFileOptions, CancellationToken)"] = static s => s.Node.Blocks.GetBlockAsync(s.File, new GetFileOptions());
        calls["BlockCatalog.AddBlockAsync(Cid, ReadOnlyMemory, CancellationToken)"] = static s => s.Node.Blocks.AddBlockAsync(Cid.ForRaw("block"u8), "block"u8.ToArray());
        calls["BlockCatalog.StatAsync(Cid, CancellationToken)"] = static s => s.Node.Blocks.StatAsync(s.File);
        calls["BlockCatalog.PinsAsync(CancellationToken)"] = static s => s.Node.Blocks.PinsAsync();
        calls["BlockCatalog.PinAsync(Cid, CancellationToken)"] = static s => s.Node.Blocks.PinAsync(s.File);
        calls["BlockCatalog.UnpinAsync(Cid, CancellationToken)"] = static s => s.Node.Blocks.UnpinAsync(s.File);
    }

    private static void AddLogsAndTopics(Dictionary<string, Func<Scene, Task>> calls)
    {
        calls["LogCatalog.OpenAsync(String, ILogFormat, CancellationToken)"] = static s => s.Node.Logs.OpenAsync("other", BytesLogFormat.Instance);
        calls["LogCatalog.OpenAsync(Ticket, ILogFormat, CancellationToken)"] = static s => s.Node.Logs.OpenAsync(s.Notes.Ticket, BytesLogFormat.Instance);
        calls["LogCatalog.OpenAsync(String, CancellationToken)"] = static s => s.Node.Logs.OpenAsync("text");
        calls["LogCatalog.CreateAsync(DocumentOptions, ILogFormat, CancellationToken)"] = static s => s.Node.Logs.CreateAsync(new DocumentOptions(), BytesLogFormat.Instance);
        calls["LogCatalog.CreateAsync(DocumentOptions, CancellationToken)"] = static s => s.Node.Logs.CreateAsync<string>(new DocumentOptions());
        calls["IReplicatedLog.AppendAsync(T, CancellationToken)"] = static s => s.Log.AppendAsync("entry");
        calls["IReplicatedLog.ReadAsync(CancellationToken)"] = static s => s.Log.ReadAsync();
        calls["IReplicatedLog.Changes(ChangeCursor, CancellationToken)"] = static s => First(s.Log.Changes());
        calls["IReplicatedLog.VerifyAsync(CancellationToken)"] = static s => s.Log.VerifyAsync();
        calls["IReplicatedLog.WaitForSyncAsync(CancellationToken)"] = static s => Ends(s.Log.WaitForSyncAsync(Soon()));
        calls["IReplicatedLog.WaitForDeliveryAsync(CancellationToken)"] = static s => s.Log.WaitForDeliveryAsync();
        calls["Topic.WaitForPeersAsync(Int32, CancellationToken)"] = static s => s.Topic.WaitForPeersAsync(1);
        calls["Topic.Messages(CancellationToken)"] = static s => s.ReceiveAsync();
        calls["Topic.PublishAsync(T, CancellationToken)"] = static s => s.Topic.PublishAsync("hi");
        calls["Topic.DisposeAsync()"] = static s => s.Topic.DisposeAsync().AsTask();
    }

    private static void AddEnds(Dictionary<string, Func<Scene, Task>> calls)
    {
        calls["P2PNode.GoOfflineAsync(CancellationToken)"] = static s => s.Node.GoOfflineAsync();
        calls["DocumentCatalog.ForgetAsync(Cid, CancellationToken)"] = static s => s.Node.Documents.ForgetAsync(s.Notes.Id);
        calls["DocumentCatalog.LeaveAsync(Cid, CancellationToken)"] = static s => s.Node.Documents.LeaveAsync(s.Log.Id);
        calls["DocumentCatalog.DeleteAsync(Cid, CancellationToken)"] = static s => s.Node.Documents.DeleteAsync(s.Notes.Id);
        calls["P2PNode.DisposeAsync()"] = static s => s.CloseAsync();
    }

    // Each step is waited for on the blocked thread, as a program does that has no other way.
    private static Task First<T>(IAsyncEnumerable<T> stream)
    {
        IAsyncEnumerator<T> items = stream.GetAsyncEnumerator();
        Task<bool> first = items.MoveNextAsync().AsTask();
        Assert.True(first.Wait(s_limit) && first.Result);
        return items.DisposeAsync().AsTask();
    }

    // Confirmation may take an announcement's interval: that the wait can be given up is enough here.
    private static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(1)).Token;

    // A wait that really waits, and is ended from the thread that waits.
    private static Task GivenUp(Func<CancellationToken, Task> wait)
    {
        CancellationTokenSource impatient = new();
        Task waiting = wait(impatient.Token);
        Assert.False(waiting.IsCompleted);
        impatient.Cancel();
        return Ends(waiting);
    }

    private static byte[] KeyOf(PeerId peer) => [.. "/pk/"u8, .. peer.Bytes];

    private static Task Ends(Task call) => call.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private static bool IsAsynchronous(Type type) => typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask)
        || (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(ValueTask<>) || type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)));

    /// <summary>What the calls need, made beforehand.</summary>
    private sealed class Scene
    {
        private readonly List<P2PNode> _started = [];

        public required P2PNode Node { get; init; }

        public required P2PNode Other { get; init; }

        public required TextDocument Notes { get; init; }

        /// <summary>Waits for a snapshot that nobody has.</summary>
        public required TextDocument Starting { get; init; }

        public required IReplicatedLog<string> Log { get; init; }

        public required Topic<string> Topic { get; init; }

        public required Topic<string> OtherTopic { get; init; }

        public required TextCursor Cursor { get; init; }

        public required SeqVersion Version { get; init; }

        public required TextAnchor Anchor { get; init; }

        public required TextSelection Selection { get; init; }

        public required Cid File { get; init; }

        public required string Folder { get; init; }

        public static async Task<Scene> SetAsync(string folder)
        {
            P2PNode node = await TestNodes.StartAsync(System.IO.Path.Combine(folder, "data"));
            P2PNode other = await TestNodes.StartAsync(null, [.. node.Addresses]);
            TextDocument notes = await node.Documents.OpenAsync("notes");
            TextDocument copy = await other.Documents.OpenAsync("notes");
            await other.Logs.OpenAsync("log");
            await notes.AppendAsync("some text to begin with\n");
            await TestNodes.UntilAsync(copy, static text => text.Length > 0);
            await KnowsAsync(node, other); // what is provided or stored below reaches somebody
            await KnowsAsync(other, node);
            string file = System.IO.Path.Combine(folder, "a.txt");
            await System.IO.File.WriteAllTextAsync(file, new string('a', 1000));
            Event only = (await ClockPicture.ReadAllAsync(notes.Replica)).Single();
            return new Scene
            {
                Folder = folder,
                Node = node,
                Other = other,
                Notes = notes,
                Starting = await node.Documents.OpenAsync("starting", new BootstrapOptions { Trusted = [node.Author.Key!.Value] }),
                Log = await node.Logs.OpenAsync("log"),
                Topic = node.Topics.Open<string>("chat"),
                OtherTopic = other.Topics.Open<string>("chat"),
                Cursor = notes.CreateCursor(0),
                Version = new SeqVersion([only.Cid]),
                Anchor = await notes.History.AnchorAsync(1, Bias.Right),
                Selection = await notes.History.SelectAsync(..1),
                File = await node.Blocks.AddFileAsync(file),
            };
        }

        // The DHT hears of peers on a loop of its own.
        private static async Task KnowsAsync(P2PNode node, P2PNode peer)
        {
            CancellationToken watchdog = TestNodes.Watchdog();
            while (!(await node.Inspection.GetTableAsync(watchdog)).Peers.Any(p => p.Peer == peer.PeerId))
            {
                await Task.Delay(10, watchdog);
            }
        }

        public string Path(string name) => System.IO.Path.Combine(Folder, name);

        public Task Keep(P2PNode node)
        {
            _started.Add(node);
            return Task.CompletedTask;
        }

        public Task ReceiveAsync()
        {
            IAsyncEnumerator<TopicMessage<string>> items = Topic.Messages().GetAsyncEnumerator();
            Task<bool> first = items.MoveNextAsync().AsTask();
            Assert.True(OtherTopic.WaitForPeersAsync(1).Wait(s_limit) && OtherTopic.PublishAsync("hi").Wait(s_limit));
            Assert.True(first.Wait(s_limit) && first.Result);
            return items.DisposeAsync().AsTask();
        }

        public Task CloseAsync() => Task.WhenAll([Node.DisposeAsync().AsTask(), .. _started.Select(static n => n.DisposeAsync().AsTask())]);
    }

    /// <summary>Writes asynchronously, so that whoever awaits it really waits.</summary>
    private sealed class SlowWriter : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override async Task WriteAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(1, cancellationToken).ConfigureAwait(false);
            Write(buffer.Span);
        }
    }
}
