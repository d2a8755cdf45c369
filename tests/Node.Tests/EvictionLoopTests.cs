using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Documents;
using P2P.Storage;
using P2P.Storage.Eviction;
using P2P.Storage.Inspection;
using P2P.Testing;

namespace P2P.Node.Tests;

/// <summary>What the loop that makes room says and counts, and its last step, compaction.</summary>
public sealed class EvictionLoopTests : IDisposable
{
    private const int RoomMade = 5060;
    private const int NoRoom = 5061;
    private const int BlockBytes = 60_000;
    private static readonly StorageOptions s_small = new() { QuotaBytes = 1 << 20, EvictAge = TimeSpan.Zero, RemoteReserveBytes = 0, OwnReserveBytes = 0 };

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-evict-").FullName;
    private readonly LogRecorder _log = new();

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_of_others_that_a_snapshot_has_too_go_when_every_peer_of_the_settings_has_it_and_not_before(bool isOneAway)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        string text;
        await using (P2PNode giver = await TestNodes.StartAsync())
        {
            TextDocument theirs = await giver.Documents.OpenAsync("notes", watchdog);
            for (int i = 0; i < 60; i++)
            {
                await theirs.AppendAsync(Noise(i), watchdog);
            }

            await using (P2PNode before = await TestNodes.StartAsync(_folder, giver.Addresses[0]))
            {
                TextDocument here = await before.Documents.OpenAsync("notes", watchdog);
                await TestNodes.UntilAsync(here, current => current == theirs.Text);
                await here.AppendAsync("own", watchdog);
                await here.MakeSnapshotAsync(watchdog); // with it there is too much
                await UntilAsync(() => theirs.Status.FrontierHash == here.Status.FrontierHash, watchdog);
                text = here.Text;
            }

            Multiaddr away = Multiaddr.Parse($"/ip4/127.0.0.1/tcp/9/p2p/{PeerOf(4)}");
            Multiaddr[] peers = isOneAway ? [giver.Addresses[0], away] : [giver.Addresses[0]];
            await using P2PNode taker = await P2PNode.StartAsync(TestNodes.Options(_folder, peers) with { Storage = s_small, LoggerFactory = _log }, watchdog);
            TextDocument notes = await taker.Documents.OpenAsync("notes", watchdog);
            while (!await HasAcknowledgedAsync(taker, notes.Id, giver)) // it shows its heads when the two have met
            {
                await Task.Delay(20, watchdog);
            }

            await UntilAsync(() => isOneAway ? _log.Of(NoRoom).Count > 0 : _log.Of(RoomMade).Any(static made => (long)made.Values["Events"]! > 0), watchdog);
            Assert.Equal(text, notes.Text);
            Assert.Equal(isOneAway, Dropped() == 0);
        }

        await using P2PNode again = await TestNodes.StartAsync(_folder);
        Assert.Equal(text, (await again.Documents.OpenAsync("notes", watchdog)).Text);
    }

    [Fact]
    public async Task A_store_that_cannot_make_room_warns_once_until_room_was_made_and_what_went_is_counted()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        ManualTime time = new();
        await using P2PNode keeper = await TestNodes.StartAsync(Directory.CreateDirectory(Path.Combine(_folder, "keeper")).FullName);
        P2POptions options = TestNodes.Options(Path.Combine(_folder, "small"), keeper.Addresses[0]) with { Storage = s_small, LoggerFactory = _log, Time = time };
        await using P2PNode node = await P2PNode.StartAsync(options, watchdog);
        using Sums sums = new(node);
        List<Cid> pinned = [];
        for (int i = 0; i < 16; i++) // 92 % of the quota
        {
            pinned.Add(await AddAsync(node, i, watchdog));
            await AddAsync(keeper, i, watchdog); // what is let go later is kept elsewhere
        }

        await UntilAsync(() => _log.Of(NoRoom).Count > 0, watchdog);
        for (int look = 0; look < 3; look++) // it looks on, and does not say it again
        {
            long before = sums["p2p.storage.commits"];
            time.Advance(TimeSpan.FromSeconds(1));
            await UntilAsync(() => sums["p2p.storage.commits"] > before, watchdog);
        }

        (_, LogLevel level, Dictionary<string, object?> values) = Assert.Single(_log.Of(NoRoom));
        Assert.Equal((LogLevel.Warning, s_small.QuotaBytes), (level, values["Quota"]));
        Assert.InRange((long)values["Used"]!, s_small.QuotaBytes * 9 / 10, s_small.QuotaBytes);
        Assert.Empty(_log.Of(RoomMade));
        Assert.Equal(0, sums["p2p.storage.evicted"]);

        foreach (Cid let in pinned.Take(4))
        {
            await node.Blocks.UnpinAsync(let, watchdog);
        }

        await TickUntilAsync(time, () => node.Parts.Services.Store is SqliteEventStore { Eviction.BytesToFree: 0 } && _log.Of(RoomMade).Count > 0, watchdog);
        Assert.Equal(_log.Of(RoomMade).Sum(static made => (long)made.Values["Blocks"]!), sums["p2p.storage.evicted"]);
        Assert.Equal(_log.Of(RoomMade).Sum(static made => (long)made.Values["Bytes"]!), sums["p2p.storage.evicted_bytes"]);
        Assert.Equal(BlockBytes * sums["p2p.storage.evicted"], sums["p2p.storage.evicted_bytes"]);
        Assert.Single(_log.Of(NoRoom));

        for (int i = 16; i < 19; i++)
        {
            await AddAsync(node, i, watchdog);
        }

        await TickUntilAsync(time, () => _log.Of(NoRoom).Count > 1, watchdog); // another time, another warning
    }

    /// <summary>The harness of the tests above must see a store that drops what nobody else has; else they prove nothing.</summary>
    [Fact]
    public async Task The_harness_sees_what_is_dropped_although_nobody_else_has_it()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        byte[][] payloads = [.. Enumerable.Range(0, 6).Select(EvictionTests.Data)];
        await EvictionTests.FillAsync(_folder, payloads);
        await using P2PNode giver = await TestNodes.StartAsync();
        await giver.Blocks.AddBlockAsync(Cid.ForRaw(payloads[0]), payloads[0], watchdog);
        await using (P2PNode taker = await P2PNode.StartAsync(TestNodes.Options(_folder, giver.Addresses[0]) with { Storage = s_small with { EvictAtPercent = 0 } }, watchdog))
        {
            Assert.Empty(await EvictionTests.NowhereAsync(payloads, [taker, giver], watchdog));
            StoreEviction careless = ((SqliteEventStore)taker.Parts.Services.Store).Eviction;
            EvictionPlan plan = await careless.SurveyAsync(watchdog);
            Assert.Equal(payloads.Length, (await careless.EvictAsync(plan, plan.Candidates, watchdog)).Blocks); // and asks nobody
            Assert.Equal(payloads.Skip(1).Select(static p => Cid.ForRaw(p)), await EvictionTests.NowhereAsync(payloads, [taker, giver], watchdog));
        }
    }

    private long Dropped()
    {
        using StoreInspector inspector = StoreInspector.Open(_folder)!;
        return inspector.Read().Dropped;
    }

    private static async Task<bool> HasAcknowledgedAsync(P2PNode node, Cid document, P2PNode peer) =>
        (await node.Parts.Services.Store.GetAcknowledgementsAsync(document, default)).Any(shown => shown.Peer == peer.PeerId);

    private static PeerId PeerOf(ulong seed)
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(seed));
        return key.PublicKey.PeerId;
    }

    // 10,000 letters that nothing can be saved of.
    private static string Noise(int number)
    {
        byte[] bytes = new byte[5_000];
        new SeededChance((ulong)number + 1).Fill(bytes);
        return Convert.ToHexString(bytes);
    }

    private static async Task<Cid> AddAsync(P2PNode node, int number, CancellationToken watchdog)
    {
        byte[] data = EvictionTests.Data(number);
        return await node.Blocks.AddBlockAsync(Cid.ForRaw(data), data, watchdog);
    }

    private static Task UntilAsync(Func<bool> isSo, CancellationToken watchdog) => TickUntilAsync(null, isSo, watchdog);

    private static async Task TickUntilAsync(ManualTime? time, Func<bool> isSo, CancellationToken watchdog)
    {
        while (!isSo())
        {
            time?.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20, watchdog);
        }
    }

    /// <summary>The counters of one node.</summary>
    private sealed class Sums : IDisposable
    {
        private readonly Dictionary<string, long> _sums = [];
        private readonly MeterListener _listener = new();

        public Sums(P2PNode node)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (node.Meters.Owns(instrument.Meter) && instrument is Counter<long>)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            {
                lock (_sums)
                {
                    _sums[instrument.Name] = _sums.GetValueOrDefault(instrument.Name) + value;
                }
            });
            _listener.Start();
        }

        public long this[string name]
        {
            get
            {
                lock (_sums)
                {
                    return _sums.GetValueOrDefault(name);
                }
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
