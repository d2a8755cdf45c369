using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Signatures to be checked before their events are admitted. Several threads share the work; the loop that
/// owns it reads results only when all of them are back.
/// </summary>
internal sealed class SignatureBatch
{
    /// <summary>Taken at once by a worker: 4 × 65 µs is much more than taking them costs, and little to wait for at the end.</summary>
    private const int Stride = 4;

    /// <summary>Fewer checks than this are not worth waking another thread.</summary>
    private const int ChecksPerHelper = 8;

    private readonly List<(Event Candidate, PublicKey? Key, int Pack)> _checks = [];
    private bool?[] _valid = [];
    private int[] _bad = [];
    private int _packs;
    private int _next;

    public int Count => _checks.Count;

    /// <summary>The checks that follow are of another pack. With too many bad signatures in a pack the rest of it is not looked at.</summary>
    public void BeginPack() => _packs++;

    /// <summary>One check more; before they run.</summary>
    /// <param name="candidate">The event.</param>
    /// <param name="key">Its author's prepared key, or null.</param>
    public void Add(Event candidate, PublicKey? key) => _checks.Add((candidate, key, _packs));

    /// <summary>Checks all, by several threads when that is worth it. The list must not grow any more.</summary>
    /// <param name="options">How many threads, and where time is measured.</param>
    public async Task RunAllAsync(ReplicaOptions options)
    {
        _valid = new bool?[_checks.Count];
        _bad = new int[_packs + 1];
        Task<int>[] helpers = new Task<int>[Math.Min(options.VerifyWorkersMax - 1, _checks.Count / ChecksPerHelper)];
        for (int i = 0; i < helpers.Length; i++)
        {
            helpers[i] = options.Spawner.OffloadAsync(() => Run(options.Work));
        }

        Run(options.Work);
        await Task.WhenAll(helpers);
    }

    // Checks what nobody else has taken; returns how many. Thread-safe.
    private int Run(ReplicaWork? work)
    {
        WorkMark? mark = work?.Verify.Begin();
        int done = 0;
        for (int start = Take(); start < _checks.Count; start = Take())
        {
            int end = Math.Min(start + Stride, _checks.Count);
            for (int i = start; i < end; i++)
            {
                (Event candidate, PublicKey? key, int pack) = _checks[i];
                if (Volatile.Read(ref _bad[pack]) >= Authenticity.PackBadSignaturesMax)
                {
                    continue; // what is wanted all the same is looked at when its turn comes
                }

                bool isValid = EventCodec.VerifySignature(candidate, key);
                _valid[i] = isValid;
                done++;
                if (!isValid)
                {
                    Interlocked.Increment(ref _bad[pack]);
                }
            }
        }

        work?.Verify.End(mark);
        return done;
    }

    /// <summary>The event of a check and its outcome, null when it was not looked at; after all workers are back.</summary>
    public (Event Candidate, bool? IsValid) this[int index] => (_checks[index].Candidate, _valid[index]);

    private int Take() => Interlocked.Add(ref _next, Stride) - Stride;
}
