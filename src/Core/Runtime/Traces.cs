using System.Diagnostics;

namespace P2P.Core.Runtime;

/// <summary>
/// What the activity sources <c>P2P.*</c> share: how a unit of work says that it failed, and how it stays a child of its caller across an
/// <see cref="ISpawner"/>, which carries no context by itself. Without a listener there is no activity and all of this does nothing.
/// </summary>
public static class Traces
{
    /// <summary>The tag that names why it failed: a word of a closed set, never a text of a peer.</summary>
    public const string ErrorTag = "error.type";

    /// <summary>Starts an activity as a child of the current one without becoming current itself: for calls that end elsewhere.</summary>
    /// <param name="source">The layer.</param>
    /// <param name="name">What is done.</param>
    /// <param name="cause">The parent; default: whatever is current.</param>
    /// <param name="links">Other work that this is done for.</param>
    /// <returns>Null when nobody listens.</returns>
    public static Activity? StartAside(this ActivitySource source, string name, ActivityContext cause = default, IEnumerable<ActivityLink>? links = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.HasListeners())
        {
            return null;
        }

        Activity? before = Activity.Current;
        Activity? started = source.StartActivity(name, ActivityKind.Internal, cause, links: links);
        Activity.Current = before;
        return started;
    }

    /// <summary>As <see cref="ISpawner.StartAsync{T}(Func{Task{T}})"/>, but the body is part of what the caller does: for work that is waited for, never for loops.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="spawner">Where it runs.</param>
    /// <param name="body">The work.</param>
    public static Task<T> StartWithinAsync<T>(this ISpawner spawner, Func<Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(spawner);
        return Activity.Current is Activity cause ? spawner.StartAsync(() => WithinAsync(cause, body)) : spawner.StartAsync(body);
    }

    /// <summary>As the other, without a result.</summary>
    /// <param name="spawner">Where it runs.</param>
    /// <param name="body">The work.</param>
    public static Task StartWithinAsync(this ISpawner spawner, Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(spawner);
        return Activity.Current is Activity cause ? spawner.StartAsync(() => WithinAsync(cause, body)) : spawner.StartAsync(body);
    }

    /// <summary>Runs a body as a part of another activity.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="cause">The activity; null: none.</param>
    /// <param name="body">The work.</param>
    public static async Task<T> WithinAsync<T>(Activity? cause, Func<Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Activity.Current = cause; // seen by the body only: it ends with this method
        return await body();
    }

    private static async Task WithinAsync(Activity? cause, Func<Task> body)
    {
        Activity.Current = cause;
        await body();
    }

    /// <summary>Marks it failed.</summary>
    /// <typeparam name="TReason">A closed set.</typeparam>
    /// <param name="activity">Null does nothing.</param>
    /// <param name="reason">Why.</param>
    public static void Failed<TReason>(this Activity? activity, TReason reason)
        where TReason : struct, Enum
    {
        if (activity is not null)
        {
            Fail(activity, reason.ToString());
        }
    }

    /// <summary>Marks it failed, by the type of an exception; a cancelled one is marked so and is no failure.</summary>
    /// <param name="activity">Null does nothing.</param>
    /// <param name="error">What ended it.</param>
    public static void Failed(this Activity? activity, Exception error)
    {
        if (activity is null)
        {
            return;
        }

        if (error is OperationCanceledException)
        {
            activity.SetTag("p2p.cancelled", true);
            return;
        }

        ArgumentNullException.ThrowIfNull(error);
        Fail(activity, error.GetType().Name);
    }

    private static void Fail(Activity activity, string reason)
    {
        activity.SetTag(ErrorTag, reason);
        activity.SetStatus(ActivityStatusCode.Error, reason);
    }
}
