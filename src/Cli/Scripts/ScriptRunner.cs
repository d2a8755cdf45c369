using P2P.Core.Identity;
using P2P.Crdt.Events;
using P2P.Crdt.Local;

namespace P2P.Cli.Scripts;

/// <summary>
/// Runs a script over replicas of one document in this process: real events, signed, encoded, decoded, verified and admitted at every merge. Equal
/// scripts give equal output: the document and the authors' keys are fixed, so use them for nothing else.
/// </summary>
internal sealed class ScriptRunner : IDisposable
{
    /// <summary>Characters printed by one script; a loop of <c>text</c> steps over a large text must not fill the memory.</summary>
    private const long LogCharactersMax = 64L << 20;

    private readonly PrivateKey[] _keys;
    private readonly LocalReplica[] _replicas;
    private readonly int[,] _delivered; // [from, to]: how much of from's log is known to be with to
    private readonly bool _mayBeAstral;
    private readonly List<string> _log = [];
    private long _logged;

    private ScriptRunner(TextScript script)
    {
        _keys = [.. Enumerable.Range(0, script.Replicas).Select(Key)];
        _replicas = [.. _keys.Select(static key => new LocalReplica(Document, new KeySigner(key)))];
        _delivered = new int[script.Replicas, script.Replicas];
        _mayBeAstral = script.Steps.Any(static step => step.Text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'));
    }

    /// <summary>The document of the test vectors in the specification, so that its examples come out letter by letter.</summary>
    public static Genesis Document { get; } = Genesis.Create("p2p-test", "hello");

    /// <exception cref="CliException">A position is outside the text it speaks of, or the log grows too large.</exception>
    public static ScriptResult Run(TextScript script, CancellationToken cancellationToken)
    {
        using ScriptRunner runner = new(script);
        for (int i = 0; i < script.Steps.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            runner.Do(script.Steps[i], i);
        }

        return new ScriptResult(
            runner._log,
            [.. runner._replicas.Select(static r => r.Text.GetText())],
            [.. runner._replicas.Select(static r => r.Text.GetStateHash().ToString())]);
    }

    public void Dispose() => Array.ForEach(_keys, static key => key.Dispose());

    private static PrivateKey Key(int number)
    {
        byte[] seed = new byte[32];
        BitConverter.TryWriteBytes(seed, number + 1);
        return PrivateKey.FromEd25519Seed(seed);
    }

    private void Do(ScriptStep step, int index)
    {
        switch (step.Kind)
        {
            case ScriptStepKind.Insert:
                _replicas[step.Replica].Text.Insert(Offset(step, step.Position, index), step.Text);
                break;
            case ScriptStepKind.Delete:
                int start = Offset(step, step.Position, index);
                int end = step.Count > int.MaxValue - step.Position ? -1 : Offset(step, step.Position + step.Count, index);
                _replicas[step.Replica].Text.Delete(start, (end >= 0 ? end : throw OutOfRange(step, index)) - start);
                break;
            case ScriptStepKind.Merge:
                Merge(step.Replica, step.Position);
                break;
            case ScriptStepKind.Text:
                Log(_replicas[step.Replica].Text.GetText());
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"Unknown step {step.Kind}.");
        }
    }

    private void Merge(int from, int to)
    {
        // Both cut what was typed: the giver to have events to give, the taker because its typing came before what arrives.
        CutAll(_replicas[from]);
        CutAll(_replicas[to]);
        IReadOnlyList<Event> log = _replicas[from].Log;
        for (int i = _delivered[from, to]; i < log.Count; i++)
        {
            EventVerdict verdict = _replicas[to].Insert(log[i].Bytes);
            Core.Runtime.Invariant.Check(
                verdict.Kind is EventVerdictKind.Accepted or EventVerdictKind.Duplicate, "an honest event in causal order was refused");
        }

        _delivered[from, to] = log.Count;
    }

    private static void CutAll(LocalReplica replica)
    {
        while (replica.Text.HasPending)
        {
            replica.Cut();
        }
    }

    private void Log(string text)
    {
        _logged += text.Length;
        if (_logged > LogCharactersMax)
        {
            throw new CliException(CliError.ScriptInvalid, $"The script logs more than {LogCharactersMax} characters.");
        }

        _log.Add(text);
    }

    private int Offset(ScriptStep step, int position, int index) =>
        CodePoints.ToOffset(_replicas[step.Replica].Text, position, _mayBeAstral) is >= 0 and int offset ? offset : throw OutOfRange(step, index);

    private static CliException OutOfRange(ScriptStep step, int index) => new(
        CliError.ScriptInvalid,
        $"Step {index} of the script (the first is 0): position {step.Position}{(step.Count > 0 ? $" with count {step.Count}" : string.Empty)} is outside the text of replica {step.Replica}.");
}
