using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Interop.Support;
using P2P.Transport.Connections;

namespace P2P.Interop;

/// <summary>Identify with signed peer records.</summary>
public sealed class IdentifyTests
{
    private const int SignedRecordField = 8; // in every implementation, not in the specification (wire digest, section 10)

    [InteropFact]
    public async Task Js_reads_who_we_are_and_accepts_our_signed_record()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        await own.DialAsync(js.Address);

        JsonElement seen = await js.EventAsync("peer:identify", e => e.GetProperty("peer").GetString() == own.Id.ToString());

        string listening = own.Network.ListenAddresses[0].ToString();
        Assert.StartsWith("p2p-dotnet/", seen.GetProperty("agent").GetString(), StringComparison.Ordinal);
        Assert.Contains(OwnPeer.Echo, Texts(seen.GetProperty("protocols")));
        Assert.Contains("/ipfs/ping/1.0.0", Texts(seen.GetProperty("protocols")));
        Assert.Contains(listening, Texts(seen.GetProperty("addrs")));
        Assert.Contains("/ip4/127.0.0.1/tcp/", seen.GetProperty("observed").GetString(), StringComparison.Ordinal);
        Assert.Contains(listening, Texts(seen.GetProperty("signedRecord").GetProperty("addrs")));
    }

    [InteropFact]
    public async Task We_read_who_js_is_and_where_it_listens_though_it_dialled_us()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        await js.CallAsync("dial", new JsonObject { ["addr"] = own.Address });
        await own.IdentifiedAsync(js.Id);

        Assert.Contains(OwnPeer.Echo, own.Network.ProtocolsOf(js.Id));
        Assert.Contains("/ipfs/id/1.0.0", own.Network.ProtocolsOf(js.Id));
        // Its port of this connection is a random one: only identify can have told the other.
        Assert.Contains(Multiaddr.Parse(js.Address).WithoutPeer(), own.Network.AddressesOf(js.Id));
        Assert.StartsWith("js-libp2p", Assert.Single(own.Network.Connections).AgentVersion, StringComparison.Ordinal);
        Assert.Equal(0, own.Network.Statistics.Refusals.GetValueOrDefault(ConnectionRefusal.Identify));
        Assert.Equal(0, own.Network.Statistics.Refusals.GetValueOrDefault(ConnectionRefusal.PeerRecord));
    }

    [InteropTheory]
    [InlineData("Ed25519")]
    [InlineData("secp256k1")]
    [InlineData("RSA")]
    public async Task The_signed_record_of_js_verifies(string jsKey)
    {
        await using JsPeer js = await JsPeer.StartAsync($"key={jsKey}");
        await using OwnPeer own = await OwnPeer.StartAsync();
        await own.DialAsync(js.Address);

        byte[] envelope = SignedRecordOf(await AskAsync(own, js.Id));

        Assert.Equal(EnvelopeRefusal.None, PeerRecord.Open(envelope, out PeerRecord? record));
        Assert.Equal(js.Id, record!.PeerId);
        Assert.Contains(Multiaddr.Parse(js.Address).WithoutPeer(), record.Addresses.Select(static a => a.WithoutPeer()));
    }

    [InteropFact]
    public async Task A_protocol_added_later_is_pushed_to_js()
    {
        await using JsPeer js = await JsPeer.StartAsync();
        await using OwnPeer own = await OwnPeer.StartAsync();
        await own.DialAsync(js.Address);
        await js.EventAsync("peer:identify");

        own.Network.Handle("/p2p-interop/late/1.0.0", static (_, _) => Task.CompletedTask, streamsPerPeerMax: 1);

        await Patience.UntilAsync(
            "js knows the late protocol",
            async _ => Texts((await js.CallAsync("protocols", new JsonObject { ["peer"] = own.Id.ToString() })).GetProperty("protocols")),
            static protocols => protocols.Contains("/p2p-interop/late/1.0.0"));
    }

    private static List<string> Texts(JsonElement array) => [.. array.EnumerateArray().Select(static e => e.GetString()!)];

    /// <summary>The raw identify answer: all messages until end of stream.</summary>
    private static async Task<byte[]> AskAsync(OwnPeer own, PeerId peer)
    {
        using CancellationTokenSource limit = Patience.Start();
        PeerStream opened = await own.Network.OpenStreamAsync(peer, ["/ipfs/id/1.0.0"], limit.Token);
        await using MuxedStream stream = opened.Stream;
        using MemoryStream received = new();
        byte[] buffer = new byte[8192];
        for (int count; (count = await stream.ReadAsync(buffer, limit.Token)) > 0;)
        {
            received.Write(buffer, 0, count);
        }

        return received.ToArray();
    }

    private static byte[] SignedRecordOf(ReadOnlySpan<byte> answer)
    {
        byte[] envelope = [];
        while (!answer.IsEmpty)
        {
            Assert.Equal(System.Buffers.OperationStatus.Done, ProtoReader.TryReadDelimited(answer, 8192, out ReadOnlySpan<byte> message, out int consumed));
            ProtoReader reader = new(message);
            while (reader.TryReadField())
            {
                envelope = reader.IsBytes(SignedRecordField) ? reader.Bytes.ToArray() : envelope;
            }

            Assert.False(reader.Failed);
            answer = answer[consumed..];
        }

        return envelope;
    }
}
