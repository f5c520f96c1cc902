"""What a company’s directory has told of people and groups."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.people.models.directory


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("people", "0032_log_ins"),
    ]

    operations = [
        migrations.CreateModel(
            name="Directory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_on", models.BooleanField(default=False)),
                ("switched_at", models.DateTimeField()),
                ("switched_by", models.CharField(blank=True, default="", max_length=200)),
                ("heard_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField(null=True)),
                ("refused_at", models.DateTimeField(null=True)),
                ("refusal", models.CharField(blank=True, default="", max_length=300)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "db_table": "directory",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DirectoryGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ref",
                    models.CharField(
                        default=sublet.people.models.directory.new_directory_group_ref,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("name_key", models.CharField(max_length=200)),
                ("external_id", models.CharField(blank=True, default="", max_length=254)),
                ("role", models.CharField(blank=True, default="", max_length=60)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "db_table": "directory_group",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DirectoryPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ref",
                    models.CharField(
                        default=sublet.people.models.directory.new_directory_person_ref,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("user_key", models.CharField(max_length=254)),
                ("email", models.CharField(max_length=254)),
                ("external_id", models.CharField(blank=True, default="", max_length=254)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("is_active", models.BooleanField(default=True)),
                ("document", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "collaborator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="people.collaborator",
                    ),
                ),
            ],
            options={
                "db_table": "directory_person",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DirectoryMembership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="people.directorygroup",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="people.directoryperson",
                    ),
                ),
            ],
            options={
                "db_table": "directory_membership",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="directorygroup",
            index=models.Index(fields=["account", "id"], name="groups_of_a_directory"),
        ),
        migrations.AddConstraint(
            model_name="directorygroup",
            constraint=models.UniqueConstraint(fields=("account", "name_key"), name="a_directory_names_a_group_once"),
        ),
        migrations.AddIndex(
            model_name="directoryperson",
            index=models.Index(fields=["account", "id"], name="people_of_a_directory"),
        ),
        migrations.AddIndex(
            model_name="directoryperson",
            index=models.Index(fields=["account", "external_id"], name="directory_people_by_their_id"),
        ),
        migrations.AddConstraint(
            model_name="directoryperson",
            constraint=models.UniqueConstraint(fields=("account", "user_key"), name="a_directory_names_a_person_once"),
        ),
        migrations.AddConstraint(
            model_name="directoryperson",
            constraint=models.UniqueConstraint(fields=("account", "email"), name="a_directory_has_an_address_once"),
        ),
        migrations.AddConstraint(
            model_name="directorymembership",
            constraint=models.UniqueConstraint(fields=("group", "person"), name="a_person_is_in_a_group_once"),
        ),
    ]
