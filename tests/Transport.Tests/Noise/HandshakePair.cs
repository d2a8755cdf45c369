using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Noise;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Noise;

/// <summary>Two libp2p handshakes against each other, with a hand on the wire between them.</summary>
internal sealed class HandshakePair(NoiseIdentity client, NoiseIdentity server, PeerId expectedServer, PeerId expectedClient)
{
    public NoiseLibp2pHandshake Client { get; } = new(initiator: true, client, expectedServer, new SeededChance(11));

    public NoiseLibp2pHandshake Server { get; } = new(initiator: false, server, expectedClient, new SeededChance(12));

    public static NoiseIdentity IdentityOf(byte seed, params string[] muxers) => new(ConnectedPair.KeyOf(seed), muxers, new SeededChance(seed));

    public static HandshakePair Honest() =>
        new(IdentityOf(1, "/yamux/1.0.0"), IdentityOf(2, "/yamux/1.0.0"), ConnectedPair.KeyOf(2).PublicKey.PeerId, default);

    /// <summary>Runs until it is complete or refused.</summary>
    /// <param name="change">May change a message (0, 1, 2) on its way.</param>
    /// <returns>Ok only when both sides are complete.</returns>
    public NoiseStatus Run(Func<int, byte[], byte[]>? change = null)
    {
        for (int i = 0; i < 3; i++)
        {
            (NoiseLibp2pHandshake writer, NoiseLibp2pHandshake reader) = i % 2 == 0 ? (Client, Server) : (Server, Client);
            byte[] buffer = new byte[writer.NextBytes];
            NoiseStatus status = writer.TryWriteNext(buffer, out int written);
            if (status != NoiseStatus.Ok)
            {
                return status;
            }

            byte[] message = buffer[..written];
            message = change is null ? message : change(i, message);
            status = reader.TryReadNext(message, new byte[message.Length + 1]);
            if (status != NoiseStatus.Ok)
            {
                return status;
            }
        }

        Assert.True(Client.IsComplete && Server.IsComplete);
        return NoiseStatus.Ok;
    }
}
