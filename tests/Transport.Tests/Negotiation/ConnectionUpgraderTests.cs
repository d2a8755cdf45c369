using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Negotiation;

public sealed class ConnectionUpgraderTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Somebody_else_than_the_dialled_peer_is_refused_on_the_dialling_side()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        ConnectionUpgrader client = Upgrader(1);
        Task<MuxedConnection> accepted = Upgrader(2).UpgradeAsync(here, outbound: false, default, CancellationToken.None).AsTask();

        TransportException e = await Assert.ThrowsAsync<TransportException>(
            async () => await client.UpgradeAsync(there, outbound: true, IdOf(3), CancellationToken.None));

        Assert.Equal(TransportError.PeerIdMismatch, e.Error);
        Assert.Equal(1, client.RefusalsOf(UpgradeRefusal.WrongPeer));
        await Assert.ThrowsAsync<TransportException>(() => accepted); // no third message ever came
    }

    [Fact]
    public async Task Somebody_else_than_expected_is_refused_on_the_listening_side()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        Task<MuxedConnection> dialled = Upgrader(1).UpgradeAsync(there, outbound: true, IdOf(2), CancellationToken.None).AsTask();

        TransportException e = await Assert.ThrowsAsync<TransportException>(
            async () => await Upgrader(2).UpgradeAsync(here, outbound: false, IdOf(3), CancellationToken.None));

        Assert.Equal(TransportError.PeerIdMismatch, e.Error);
        await (await dialled).Closed; // the dialer could not know; its connection just ends
    }

    [Fact]
    public async Task A_silent_inbound_connection_is_dropped_after_three_seconds()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        ConnectionUpgrader server = Upgrader(2);
        Task<MuxedConnection> accepted = server.UpgradeAsync(here, outbound: false, default, CancellationToken.None).AsTask();

        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(accepted.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(TransportError.Timeout, (await Assert.ThrowsAsync<TransportException>(() => accepted)).Error);
        Assert.Equal(1, server.RefusalsOf(UpgradeRefusal.Silent));
        await Assert.ThrowsAsync<TransportException>(async () => await there.ReadAsync(new byte[1], CancellationToken.None));
    }

    [Fact]
    public async Task A_peer_that_drips_is_dropped_after_ten_seconds()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        ConnectionUpgrader server = Upgrader(2);
        Task<MuxedConnection> accepted = server.UpgradeAsync(here, outbound: false, default, CancellationToken.None).AsTask();
        byte[] header = MultistreamTests.Token("/multistream/1.0.0");
        await there.WriteAsync(header, CancellationToken.None);
        Assert.Equal(header.Length, await there.ReadAsync(new byte[100], CancellationToken.None));
        foreach (byte b in MultistreamTests.Token("/a-long-name")[..9])
        {
            await there.WriteAsync(new byte[] { b }, CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TransportError.Timeout, (await Assert.ThrowsAsync<TransportException>(() => accepted)).Error);
        Assert.Equal(1, server.RefusalsOf(UpgradeRefusal.Timeout));
    }

    [Fact]
    public async Task A_listener_that_never_answers_is_given_up_after_ten_seconds()
    {
        (RawConnection there, _) = await ConnectedPair.RawPairAsync();
        Task<MuxedConnection> dialled = Upgrader(1).UpgradeAsync(there, outbound: true, default, CancellationToken.None).AsTask();

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(TransportError.Timeout, (await Assert.ThrowsAsync<TransportException>(() => dialled)).Error);
    }

    [Fact]
    public async Task The_dialers_first_flight_holds_header_proposal_and_first_noise_message()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        Task<MuxedConnection> dialled = Upgrader(1).UpgradeAsync(there, outbound: true, default, CancellationToken.None).AsTask();
        byte[] flight = new byte[1000];

        int read = await here.ReadAsync(flight, CancellationToken.None);

        byte[] tokens = [.. MultistreamTests.Token("/multistream/1.0.0"), .. MultistreamTests.Token("/noise")];
        Assert.Equal(tokens, flight[..tokens.Length]);
        Assert.Equal(tokens.Length + 2 + 32, read);
        Assert.Equal([0, 32], flight[tokens.Length..(tokens.Length + 2)]);
        here.Abort();
        await Assert.ThrowsAsync<TransportException>(() => dialled);
    }

    [Fact]
    public async Task A_peer_without_noise_is_refused_by_name()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        ConnectionUpgrader client = Upgrader(1);
        Task<MuxedConnection> dialled = client.UpgradeAsync(there, outbound: true, default, CancellationToken.None).AsTask();
        await here.WriteAsync((byte[])[.. MultistreamTests.Token("/multistream/1.0.0"), .. MultistreamTests.Token("na")], CancellationToken.None);

        Assert.Equal(TransportError.ProtocolNotSupported, (await Assert.ThrowsAsync<TransportException>(() => dialled)).Error);
        Assert.Equal(1, client.RefusalsOf(UpgradeRefusal.NegotiationRefused));
    }

    [Fact]
    public async Task Bytes_before_authentication_only_close_their_own_connection()
    {
        ConnectionUpgrader server = Upgrader(2);
        for (ulong seed = 1; seed <= 100; seed++)
        {
            (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
            Task<MuxedConnection> accepted = server.UpgradeAsync(here, outbound: false, default, CancellationToken.None).AsTask();
            byte[] garbage = new byte[200];
            new SeededChance(seed).Fill(garbage);
            byte[] prefix = (seed % 3) switch
            {
                0 => [],
                1 => MultistreamTests.Token("/multistream/1.0.0"),
                _ => [.. MultistreamTests.Token("/multistream/1.0.0"), .. MultistreamTests.Token("/noise")],
            };
            await there.WriteAsync((byte[])[.. prefix, .. garbage], CancellationToken.None);
            await there.CloseWriteAsync(CancellationToken.None);

            await Assert.ThrowsAsync<TransportException>(() => accepted);
        }
    }

    [Fact]
    public async Task Cancelling_aborts_the_connection()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        using CancellationTokenSource stop = new();
        Task<MuxedConnection> dialled = Upgrader(1).UpgradeAsync(there, outbound: true, default, stop.Token).AsTask();

        stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialled);
        await Assert.ThrowsAsync<TransportException>(async () => await here.ReadAsync(new byte[1], CancellationToken.None));
    }

    [Fact]
    public void The_noise_static_key_is_fresh_for_every_upgrader()
    {
        P2P.Transport.Noise.NoiseIdentity first = new(ConnectedPair.KeyOf(1), [], SystemChance.Instance);
        P2P.Transport.Noise.NoiseIdentity second = new(ConnectedPair.KeyOf(1), [], SystemChance.Instance);

        Assert.NotEqual(first.StaticKey.PublicKey.ToArray(), second.StaticKey.PublicKey.ToArray());
    }

    [Theory]
    [InlineData(KeyType.Rsa)]
    [InlineData(KeyType.Ecdsa)]
    [InlineData(KeyType.Secp256k1)]
    public async Task Identities_of_every_kind_can_connect(KeyType type)
    {
        using PrivateKey key = PrivateKey.Generate(type, SystemChance.Instance);
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        ConnectionUpgrader server = new(key, new UpgradeOptions(), PoolSpawner.Instance, _time, SystemChance.Instance);
        Task<MuxedConnection> accepted = server.UpgradeAsync(here, outbound: false, default, CancellationToken.None).AsTask();

        await using MuxedConnection dialled = await Upgrader(1).UpgradeAsync(there, outbound: true, key.PublicKey.PeerId, CancellationToken.None);

        Assert.Equal(type, dialled.RemoteKey.Type);
        await (await accepted).DisposeAsync();
    }

    private static PeerId IdOf(byte seed) => ConnectedPair.KeyOf(seed).PublicKey.PeerId;

    private ConnectionUpgrader Upgrader(byte seed) =>
        new(ConnectedPair.KeyOf(seed), new UpgradeOptions(), PoolSpawner.Instance, _time, SystemChance.Instance);
}
