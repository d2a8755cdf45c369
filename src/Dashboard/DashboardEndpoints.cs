using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace P2P.Dashboard;

/// <summary>Puts dashboards into applications.</summary>
public static class DashboardEndpoints
{
    /// <summary>Serves the dashboard that <see cref="DashboardServices.AddDashboard"/> added.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">Where, such as <c>/p2p</c>; the page is at <c>/p2p/</c>.</param>
    /// <exception cref="InvalidOperationException">Nothing added one.</exception>
    public static IEndpointConventionBuilder MapP2PDashboard(this IEndpointRouteBuilder endpoints, string path = "/p2p")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        // Here, where the line of the caller is on the stack, not at every request.
        return endpoints.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(DashboardServer)) == false
            ? throw new InvalidOperationException("MapP2PDashboard() serves what AddDashboard() adds. Before Build() is missing: builder.Services.AddP2P(…).AddDashboard()")
            : Map(endpoints, static context => context.RequestServices.GetRequiredService<DashboardServer>(), path);
    }

    /// <summary>Serves a dashboard below a path of the application.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="server">The dashboard; not disposed here.</param>
    /// <param name="path">Where, such as <c>/p2p</c>; the page is at <c>/p2p/</c>.</param>
    public static IEndpointConventionBuilder MapP2PDashboard(this IEndpointRouteBuilder endpoints, DashboardServer server, string path = "/p2p")
    {
        ArgumentNullException.ThrowIfNull(server);
        return Map(endpoints, _ => server, path);
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, Func<HttpContext, DashboardServer> server, string path)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(path);
        string root = path.TrimEnd('/');
        IApplicationBuilder pipeline = endpoints.CreateApplicationBuilder();
        pipeline.UseWebSockets();
        pipeline.Run(context => AnswerAsync(context, server(context), root));
        return endpoints.Map($"{root}/{{**path}}", pipeline.Build()).WithDisplayName("P2P dashboard");
    }

    /// <summary>The page's links are relative, so its own address must end in a slash.</summary>
    private static Task AnswerAsync(HttpContext context, DashboardServer server, string root)
    {
        if (root.Length > 0 && context.Request.Path.Value == root)
        {
            context.Response.Redirect(context.Request.PathBase + root + "/");
            return Task.CompletedTask;
        }

        return server.HandleAsync(context);
    }
}
