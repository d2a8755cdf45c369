using P2P.PubSub.Messages;
using P2P.PubSub.Routing;

namespace P2P.PubSub.Loop;

/// <summary>
/// Judges messages beside the loop: signature, then validator. At most <see cref="PubSubOptions.ValidationsMax"/> at the same time; the
/// router bounds what waits. Owned by the loop.
/// </summary>
internal sealed class ValidationStage(PubSubOptions options, LinkHost host, Action<RouterInput> step) : IAsyncDisposable
{
    private readonly Queue<ValidationJob> _waiting = [];
    private readonly Dictionary<long, Task> _running = [];
    private readonly CancellationTokenSource _stop = new();
    private long _lastId;

    public void Add(ValidationJob job)
    {
        if (_running.Count < options.ValidationsMax)
        {
            Start(job);
        }
        else
        {
            _waiting.Enqueue(job);
        }
    }

    /// <summary>Cancels validators and waits for them.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Clear();
        _stop.Cancel();
        await Task.WhenAll(_running.Values);
        _stop.Dispose();
    }

    private void Start(ValidationJob job)
    {
        long id = ++_lastId;
        _running.Add(id, host.Runtime.Spawner.StartAsync(() => RunAsync(id, job)));
    }

    private async Task RunAsync(long id, ValidationJob job)
    {
        ValidationResult result = await JudgeAsync(job);
        await host.Post(LoopItem.Call(() => End(id, job, result)));
    }

    private void End(long id, ValidationJob job, ValidationResult result)
    {
        _running.Remove(id);
        if (_waiting.TryDequeue(out ValidationJob? next))
        {
            Start(next);
        }

        step(RouterInput.Validated(job.Message.Topic, job.Message.Id, result));
    }

    private async Task<ValidationResult> JudgeAsync(ValidationJob job)
    {
        if (job.Options.Signing == SigningPolicy.StrictSign && !MessageSignature.Verify(job.Wire))
        {
            return ValidationResult.BadSignature;
        }

        if (job.Options.Validator is null)
        {
            return ValidationResult.Accept;
        }

        try
        {
            return await job.Options.Validator(job.Message.Source, job.Message, _stop.Token) switch
            {
                ValidationVerdict.Accept => ValidationResult.Accept,
                ValidationVerdict.Reject => ValidationResult.Reject,
                ValidationVerdict.Ignore => ValidationResult.Ignore,
                _ => ValidationResult.Failed,
            };
        }
        catch (Exception)
        {
            // The application's code met a peer's bytes: if its failure ended the loop, a message could stop the node.
            return ValidationResult.Failed;
        }
    }
}

/// <summary>One message to judge.</summary>
internal sealed record ValidationJob(TopicOptions Options, WireMessage Wire, GossipMessage Message);
