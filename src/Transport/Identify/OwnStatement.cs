using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Transport.Peers;

namespace P2P.Transport.Identify;

/// <summary>What we say of ourselves to whom, with a signed record per scope of remote. Thread-safe.</summary>
/// <remarks>
/// A record is signed as a whole, so one record for everybody would tell our private addresses to the internet. There is one per scope, each with
/// a sequence number of its own from one growing counter: a receiver that meets us in two scopes sees numbers that grow.
/// </remarks>
/// <param name="identity">Signs.</param>
/// <param name="options">What to say.</param>
/// <param name="time">The wall clock starts the sequence numbers, so that they grow over restarts.</param>
internal sealed class OwnStatement(PrivateKey identity, IdentifyOptions options, TimeProvider time)
{
    /// <summary>Bytes of addresses told at most; with key, texts and protocols the first message stays below 2 KiB.</summary>
    public const int AddressBytesMax = 1024;

    // Guards the cache only. Signing happens inside: it is rare (addresses changed) and two signatures with one number must not exist.
    private readonly Lock _gate = new();
    private readonly Dictionary<AddressScope, (IReadOnlyList<Multiaddr> Addresses, byte[] Envelope)> _records = [];
    private ulong _sequence;

    /// <summary>The bytes for one remote.</summary>
    /// <param name="listen">Our addresses.</param>
    /// <param name="protocols">Our protocols.</param>
    /// <param name="remote">Where we see the remote; told back as observed address.</param>
    public byte[] For(IReadOnlyList<Multiaddr> listen, IReadOnlyList<string> protocols, Multiaddr remote)
    {
        AddressScope scope = AddressRules.Classify(remote);
        List<Multiaddr> addresses = Trim(AddressRules.KeepUseful(listen, scope));
        return IdentifyWire.Encode(new IdentifyInfo
        {
            PublicKey = identity.PublicKey.Protobuf,
            ListenAddresses = addresses,
            Protocols = [.. protocols.Take(IdentifyWire.ProtocolsMax)],
            ObservedAddress = remote,
            ProtocolVersion = options.ProtocolVersion,
            AgentVersion = options.AgentVersion,
            SignedRecord = RecordFor(scope, addresses),
        });
    }

    /// <summary>The addresses that fit, by priority public, private, loopback; their order is kept within a class.</summary>
    /// <param name="addresses">Already filtered for the remote.</param>
    internal static List<Multiaddr> Trim(List<Multiaddr> addresses)
    {
        List<Multiaddr> kept = [];
        int bytes = 0;
        foreach (Multiaddr address in addresses.OrderByDescending(static a => AddressRules.Classify(a)))
        {
            if (kept.Count < IdentifyWire.AddressesMax && bytes + address.Bytes.Length <= AddressBytesMax)
            {
                kept.Add(address);
                bytes += address.Bytes.Length;
            }
        }

        return kept;
    }

    private ReadOnlyMemory<byte> RecordFor(AddressScope scope, List<Multiaddr> addresses)
    {
        if (addresses.Count == 0)
        {
            return default;
        }

        lock (_gate)
        {
            if (!_records.TryGetValue(scope, out (IReadOnlyList<Multiaddr> Addresses, byte[] Envelope) record) || !record.Addresses.SequenceEqual(addresses))
            {
                // Never equal to an earlier one, also when the clock stands still or goes back.
                _sequence = Math.Max(_sequence + 1, (ulong)Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds()));
                record = (addresses, new PeerRecord(identity.PublicKey.PeerId, _sequence, addresses).Seal(identity));
                _records[scope] = record;
            }

            return record.Envelope;
        }
    }
}
