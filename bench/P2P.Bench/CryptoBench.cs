using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Noise;

namespace P2P.Bench;

/// <summary>What the cryptography alone costs: the floor under the figures of <see cref="ConnectionBench"/>.</summary>
internal static class CryptoBench
{
    private const int Batch = 100;

    /// <summary>Sealing and opening one frame after the other on one thread.</summary>
    /// <param name="rounds">Rounds after a warm-up.</param>
    public static void Frames(int rounds)
    {
        const int Frames = 4000;
        byte[] key = new byte[32];
        using NoiseCipher sender = new(key);
        using NoiseCipher receiver = new(key);
        byte[] text = new byte[NoiseChannel.PlaintextBytesMax];
        byte[] tag = new byte[NoiseCipher.TagBytes];
        List<double> rates = [];
        for (int i = -1; i < rounds; i++)
        {
            Measurement measurement = new();
            for (int frame = 0; frame < Frames; frame++)
            {
                sender.Seal(text, tag, []);
                receiver.TryOpen(text, tag, []);
            }

            rates.Add((double)Frames * text.Length / 1e9 / measurement.Stop().CpuSeconds);
        }

        Measurement.Print("seal-and-open", ("gb_per_cpu_s", Measurement.Median(rates)));
    }

    /// <summary>Noise handshakes without a network, both sides.</summary>
    /// <param name="count">How many.</param>
    public static void Handshakes(int count)
    {
        using PrivateKey clientKey = PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance);
        using PrivateKey serverKey = PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance);
        using NoiseIdentity client = new(clientKey, ["/yamux/1.0.0"], SystemChance.Instance);
        using NoiseIdentity server = new(serverKey, ["/yamux/1.0.0"], SystemChance.Instance);
        byte[] message = new byte[1024];
        byte[] scratch = new byte[1024];
        for (int i = 0; i < 50; i++)
        {
            Handshake(client, server, message, scratch);
        }

        List<double> micros = [];
        List<double> allocated = [];
        for (int round = 0; round < count / Batch; round++)
        {
            Measurement measurement = new();
            for (int i = 0; i < Batch; i++)
            {
                Handshake(client, server, message, scratch);
            }

            (double cpu, _, long bytes) = measurement.Stop();
            micros.Add(cpu / Batch / 2 * 1e6);
            allocated.Add((double)bytes / Batch / 2);
        }

        Measurement.Print(
            "noise-handshake",
            ("cpu_us_per_side", Measurement.Median(micros)),
            ("cpu_us_per_side_best", micros.Min()),
            ("allocated_b_per_side", Measurement.Median(allocated)));
    }

    private static void Handshake(NoiseIdentity client, NoiseIdentity server, byte[] message, byte[] scratch)
    {
        using NoiseLibp2pHandshake initiator = new(initiator: true, client, default, SystemChance.Instance);
        using NoiseLibp2pHandshake responder = new(initiator: false, server, default, SystemChance.Instance);
        for (int i = 0; i < 3; i++)
        {
            (NoiseLibp2pHandshake writer, NoiseLibp2pHandshake reader) = i % 2 == 0 ? (initiator, responder) : (responder, initiator);
            NoiseStatus written = writer.TryWriteNext(message, out int length);
            NoiseStatus read = reader.TryReadNext(message.AsSpan(0, length), scratch);
            Invariant.Check(written == NoiseStatus.Ok && read == NoiseStatus.Ok, "An honest handshake succeeds.");
        }

        (NoiseCipher send, NoiseCipher receive) = initiator.Split();
        send.Dispose();
        receive.Dispose();
        (send, receive) = responder.Split();
        send.Dispose();
        receive.Dispose();
    }
}
