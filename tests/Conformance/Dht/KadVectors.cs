using P2P.Core.Multiformats;
using P2P.Dht.Wire;
using P2P.TestSupport;

namespace P2P.Conformance.Dht;

/// <summary>Eight messages captured from go (js-libp2p's fixtures), each as large as it is: no length prefix.</summary>
public sealed class KadVectors
{
    [SharedTheory]
    [InlineData(1, 5, "/v/hello")]
    [InlineData(2, 1, "/v/hello")]
    [InlineData(3, 2, "/v/hello")]
    [InlineData(4, 5, null)]
    [InlineData(5, 5, null)]
    [InlineData(6, 5, null)]
    [InlineData(7, 3, null)]
    [InlineData(8, 3, null)]
    public void A_captured_message_is_read(int number, int type, string? key)
    {
        KadMessage message = Read(number);
        Assert.Equal((KadMessageType)type, message.Type);
        if (key is null)
        {
            Assert.True(Multihash.TryRead(message.Key.Span, out Multihash hash, out int consumed));
            Assert.Equal((Multihash.Sha256Code, 34), (hash.Code, consumed));
        }
        else
        {
            Assert.Equal(key, System.Text.Encoding.UTF8.GetString(message.Key.Span));
        }
    }

    [SharedFact]
    public void The_captured_put_carries_its_record_and_a_field_nobody_defines_any_more()
    {
        KadMessage message = Read(2);
        Assert.Equal(message.Key.ToArray(), message.Record!.Key.ToArray());
        Assert.Equal("world"u8.ToArray(), message.Record.Value.ToArray());
    }

    [SharedTheory]
    [InlineData(7)]
    [InlineData(8)]
    public void The_captured_add_provider_names_a_peer_with_its_address(int number)
    {
        KadPeer provider = Assert.Single(Read(number).ProviderPeers);
        Assert.Equal(34, provider.Peer.Bytes.Length);
        Assert.Equal("/ip4/127.0.0.1/tcp/58555", Assert.Single(provider.Addresses).ToString());
    }

    [SharedTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void Our_form_of_a_captured_message_means_the_same(int number)
    {
        KadMessage message = Read(number);
        byte[] frame = KadWire.Write(message, 16384);
        Assert.Equal(frame.Length - 1, frame[0]);
        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(frame.AsSpan(1), 8192, out KadMessage? again));
        Assert.Equal(message.Type, again!.Type);
        Assert.Equal(message.Key.ToArray(), again.Key.ToArray());
        Assert.Equal(message.ProviderPeers.Select(static p => p.Peer), again.ProviderPeers.Select(static p => p.Peer));
        Assert.Equal(message.ProviderPeers.SelectMany(static p => p.Addresses), again.ProviderPeers.SelectMany(static p => p.Addresses));
        Assert.Equal(message.Record?.Value.ToArray(), again.Record?.Value.ToArray());
    }

    [SharedFact]
    public void Every_truncation_of_a_captured_message_is_refused_or_shorter()
    {
        byte[] bytes = File.ReadAllBytes(FileOf(7));
        for (int i = 0; i < bytes.Length - 2; i++) // the last two bytes are a field of their own
        {
            KadWireStatus status = KadWire.TryRead(bytes.AsSpan(0, i), 8192, out KadMessage? message);
            Assert.True(status == KadWireStatus.Malformed || message!.ProviderPeers.Count == 0, $"{i}: {status}");
        }
    }

    private static KadMessage Read(int number)
    {
        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(File.ReadAllBytes(FileOf(number)), 8192, out KadMessage? message));
        return message!;
    }

    private static string FileOf(int number) =>
        Require.SharedFile("vectors", "js-libp2p", "packages", "kad-dht", "test", "fixtures", $"msg-{number}");
}
