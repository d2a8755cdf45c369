using System.Buffers;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Wire;
using P2P.Testing;
using P2P.Testing.Network;
using P2P.Transport.Connections;

namespace P2P.Dht.Tests.Running;

/// <summary>The loops against a hand-made peer: one side is a <see cref="KadDht"/>, the other writes and reads bytes.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private static readonly Multihash s_hash = Multihash.Sha256("content"u8);

    private readonly LocalNetwork _network = new(seed: 3);
    private readonly ManualTime _time = new();
    private readonly LocalNode _ours;
    private readonly LocalNode _theirs;
    private readonly KadDht _dht;
    private readonly CancellationTokenSource _watchdog = new(TestSupport.Watchdog.Limit);

    public StreamTests()
    {
        _ours = _network.AddNode();
        _theirs = _network.AddNode();
        // Idle far above reading, so that the two limits cannot be taken for each other.
        KadOptions options = new() { AllowLoopback = true, Validators = [new LongestValidator()], IdleTimeout = TimeSpan.FromHours(1) };
        _dht = new KadDht(_ours, options, _time, PoolSpawner.Instance, new SeededChance(1));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _dht.DisposeAsync();
        Assert.True(_dht.Completion.IsCompletedSuccessfully);
        await _ours.DisposeAsync();
        await _theirs.DisposeAsync();
        _watchdog.Dispose();
    }

    [Fact]
    public async Task One_stream_carries_many_requests_and_add_provider_is_not_answered()
    {
        PeerStream stream = await OpenAsync();
        KadMessage provide = new(KadMessageType.AddProvider, s_hash.Memory) { ProviderPeers = [new KadPeer(_theirs.LocalPeer, _theirs.ListenAddresses)] };
        await WriteAsync(stream, new KadMessage(KadMessageType.Ping, default), provide, new KadMessage(KadMessageType.GetProviders, s_hash.Memory));

        Assert.Equal(KadMessageType.Ping, (await ReadAsync(stream))!.Type);
        KadMessage answer = (await ReadAsync(stream))!; // the answer to GET_PROVIDERS, not an echo (trap 3)
        Assert.Equal(KadMessageType.GetProviders, answer.Type);
        Assert.Equal(_theirs.LocalPeer, Assert.Single(answer.ProviderPeers).Peer);
        await stream.Stream.CloseWriteAsync(_watchdog.Token);
        Assert.Null(await ReadAsync(stream));
    }

    [Theory]
    [InlineData("ffffffff7f")] // a length of 32 GiB
    [InlineData("8080808080808080808001")] // no number at all
    [InlineData("0108")] // a truncated field
    [InlineData("020806")] // type 6
    [InlineData("020804")] // FIND_NODE without a key
    [InlineData("00")] // PUT_VALUE of nothing
    public async Task A_refused_request_resets_the_stream(string hex)
    {
        PeerStream stream = await OpenAsync();
        await stream.Stream.WriteAsync(Convert.FromHexString(hex), _watchdog.Token);
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(stream));

        PeerStream next = await OpenAsync();
        await WriteAsync(next, new KadMessage(KadMessageType.Ping, default));
        Assert.NotNull(await ReadAsync(next)); // the connection lives on
    }

    [Fact]
    public async Task A_message_of_64_kib_is_read_and_one_byte_more_is_not()
    {
        byte[] Padded(int bytes)
        {
            ProtoWriter writer = new();
            writer.WriteVarint(1, 5);
            writer.WriteBytes(1000, new byte[bytes - 2 - 2 - 3]);
            Assert.Equal(bytes, writer.Length);
            return writer.ToDelimited();
        }

        PeerStream stream = await OpenAsync();
        await stream.Stream.WriteAsync(Padded(64 * 1024), _watchdog.Token);
        Assert.Equal(KadMessageType.Ping, (await ReadAsync(stream))!.Type);
        await stream.Stream.WriteAsync(Padded((64 * 1024) + 1), _watchdog.Token);
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(stream));
    }

    [Fact]
    public async Task An_idle_stream_is_reset()
    {
        PeerStream stream = await OpenAsync();
        await WriteAsync(stream, new KadMessage(KadMessageType.Ping, default));
        Assert.NotNull(await ReadAsync(stream));
        Task<KadMessage?> next = ReadAsync(stream);
        await AdvanceUntilAsync(next, TimeSpan.FromMinutes(5));
        await Assert.ThrowsAsync<TransportException>(() => next);
    }

    [Fact]
    public async Task A_message_that_drips_is_reset_ten_seconds_after_its_first_byte()
    {
        PeerStream stream = await OpenAsync();
        Task<KadMessage?> answer = ReadAsync(stream);
        byte[] frame = KadWire.Write(new KadMessage(KadMessageType.FindNode, s_hash.Memory), 16384);
        await stream.Stream.WriteAsync(frame.AsMemory(0, 1), _watchdog.Token);
        for (int i = 1; i < frame.Length - 1 && !answer.IsCompleted; i++)
        {
            await SettleAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
            try
            {
                await stream.Stream.WriteAsync(frame.AsMemory(i, 1), _watchdog.Token);
            }
            catch (TransportException)
            {
                break; // reset while we drip
            }
        }

        await AdvanceUntilAsync(answer, TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TransportException>(() => answer);
    }

    [Fact]
    public async Task A_silent_peer_fails_a_lookup_after_five_seconds()
    {
        _theirs.Handle(KadOptions.LanProtocol, SayNothingAsync, 8);
        await TheyAreInOurTableAsync();
        TimeSpan asked = _time.Elapsed;
        Task<PutResult> put = _dht.PutValueAsync("/long/a"u8.ToArray(), "v"u8.ToArray(), _watchdog.Token);
        await AdvanceUntilAsync(put, TimeSpan.FromMilliseconds(500));
        Assert.Equal(new PutResult(0, 0), await put);
        Assert.True(_time.Elapsed - asked >= TimeSpan.FromSeconds(5)); // it was waited for
    }

    [Fact]
    public async Task A_peer_that_echoes_add_provider_confuses_nobody()
    {
        // ipfs/specs says that servers echo; the echo must not be taken for the answer to our next request.
        _theirs.Handle(KadOptions.LanProtocol, async (stream, stop) =>
        {
            while (await ReadAsync(stream) is KadMessage request)
            {
                await WriteAsync(stream, request);
            }
        }, 8);
        await TheyAreInOurTableAsync();
        Assert.Equal(new ProvideResult(1, 0), await _dht.ProvideAsync(s_hash, _watchdog.Token));
        Assert.Equal(new PutResult(1, 0), await _dht.PutValueAsync("/long/a"u8.ToArray(), "v"u8.ToArray(), _watchdog.Token));
    }

    [Fact]
    public async Task An_answer_to_another_key_or_with_bytes_behind_it_is_a_failure()
    {
        int served = 0;
        _theirs.Handle(KadOptions.LanProtocol, async (stream, stop) =>
        {
            KadMessage request = (await ReadAsync(stream))!;
            await WriteAsync(stream, Interlocked.Increment(ref served) == 1 ? request with { Key = "other"u8.ToArray() } : request, request);
            await stream.Stream.ReadAsync(new byte[1], stop);
        }, 8);
        await TheyAreInOurTableAsync();
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(0, (await _dht.BootstrapAsync(_watchdog.Token)).Answered);
        }
    }

    [Fact]
    public async Task A_cancelled_operation_ends_for_the_caller_and_the_node_goes_on()
    {
        _theirs.Handle(KadOptions.LanProtocol, SayNothingAsync, 8);
        await TheyAreInOurTableAsync();
        using CancellationTokenSource cancel = new();
        Task<ReadOnlyMemory<byte>?> get = _dht.GetValueAsync("/long/a"u8.ToArray(), cancel.Token);
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get);
        Assert.Single((await _dht.SnapshotAsync(_watchdog.Token)).Peers);
    }

    // Reads until the other side goes: a peer that hangs up has answered, and the lookup would end at once.
    private static async Task SayNothingAsync(PeerStream stream, CancellationToken stop)
    {
        byte[] rest = new byte[256];
        while (await stream.Stream.ReadAsync(rest, stop) > 0)
        {
        }
    }

    private async Task<PeerStream> OpenAsync() => await _theirs.OpenStreamAsync(_ours.LocalPeer, [KadOptions.LanProtocol], _watchdog.Token);

    private async Task TheyAreInOurTableAsync()
    {
        await _ours.ConnectAsync(_theirs.LocalPeer, _watchdog.Token);
        while ((await _dht.SnapshotAsync(_watchdog.Token)).Peers.Count == 0)
        {
            await Task.Yield();
        }
    }

    // Loops run on the pool: give them turns, then move the clock, until the task ends. How far the clock has to go says how slow the pool is.
    private async Task AdvanceUntilAsync(Task task, TimeSpan step)
    {
        while (!task.IsCompleted)
        {
            _watchdog.Token.ThrowIfCancellationRequested();
            await SettleAsync();
            _time.Advance(step);
        }
    }

    private async Task SettleAsync()
    {
        for (int i = 0; i < 3; i++)
        {
            await _dht.SnapshotAsync(_watchdog.Token); // a round through the inbox
            await Task.Yield();
        }
    }

    private async Task WriteAsync(PeerStream stream, params KadMessage[] messages)
    {
        byte[] all = [.. messages.SelectMany(static m => KadWire.Write(m, 16384))];
        await stream.Stream.WriteAsync(all, _watchdog.Token);
    }

    private async Task<KadMessage?> ReadAsync(PeerStream stream)
    {
        List<byte> bytes = [];
        byte[] one = new byte[1]; // nothing behind the message is consumed
        while (true)
        {
            OperationStatus status = ProtoReader.TryReadDelimited(bytes.ToArray(), 1 << 20, out ReadOnlySpan<byte> body, out _);
            if (status == OperationStatus.Done)
            {
                Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(body, 8192, out KadMessage? message));
                return message;
            }

            if (await stream.Stream.ReadAsync(one, _watchdog.Token) == 0)
            {
                return null;
            }

            bytes.Add(one[0]);
        }
    }
}
